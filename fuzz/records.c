/* records.c - one JSON object as each of the records that it might be */
#include "record.h"

#include "target.h"

#include <stdlib.h>
#include <string.h>

static struct bb_base base;

/* One reading of the object. */
struct reading {
    struct sp_error err;
    struct bb_doc doc;
    struct bb_node node;
    struct bb_arena arena;
};

static void begin(struct reading *reading, struct json_object *object)
{
    *reading = (struct reading){.err = fuzz_no_error()};
    reading->doc = (struct bb_doc){"/rest/x", "values", 4, &reading->err, 0};
    reading->node = bb_json_root(&reading->doc, object);
}

/* Whether the record counts. */
static bool is_good(const struct reading *reading)
{
    if (reading->doc.rc)
        fuzz_check_error(&reading->err, reading->doc.rc, NULL);
    else
        HOLDS(!reading->err.message[0]);
    return !reading->doc.rc;
}

static bool is_text(const char *text)
{
    return !text || fuzz_is_utf8(text);
}

static void check_person(const struct sp_person *person)
{
    if (person)
        HOLDS(is_text(person->name) && is_text(person->slug) && is_text(person->display_name) &&
              is_text(person->email));
}

static void check_organization(struct json_object *object)
{
    struct reading reading;
    struct sp_organization record;

    begin(&reading, object);
    bb_record_organization(&reading.node, &record);
    if (is_good(&reading)) {
        HOLDS(record.id != 0);
        HOLDS(record.key && *record.key && is_text(record.key));
        HOLDS(is_text(record.name) && is_text(record.description));
        HOLDS(record.key[0] != '~' || record.flags & SP_ORGANIZATION_PERSONAL);
    }
    bb_arena_clear(&reading.arena);
}

static void check_repository(struct json_object *object)
{
    struct reading reading;
    struct sp_repository record;

    begin(&reading, object);
    bb_record_repository(&reading.node, &base, &reading.arena, &record);
    if (is_good(&reading)) {
        HOLDS(record.id != 0);
        HOLDS(record.slug && *record.slug && is_text(record.slug));
        HOLDS(is_text(record.name) && is_text(record.description) && is_text(record.state));
        HOLDS(!record.path || strstr(record.path, record.slug));
        HOLDS(!record.web_url || strncmp(record.web_url, base.url, strlen(base.url)) == 0);
    }
    bb_arena_clear(&reading.arena);
}

static void check_pull_request(struct json_object *object)
{
    struct reading reading;
    struct sp_pull_request record;
    int64_t target;
    const char *one, *other;

    begin(&reading, object);
    bb_record_pull_request(&reading.node, &reading.arena, &record, &target);
    one = bb_record_revision(&reading.node, &record, &reading.arena);
    other = bb_record_revision(&reading.node, &record, &reading.arena);
    if (is_good(&reading)) {
        HOLDS(record.number > 0);
        HOLDS(is_text(record.title) && is_text(record.description));
        HOLDS(record.state <= SP_DECLINED);
        check_person(record.author);
        for (size_t i = 0; i < record.n_reviewers; i++) {
            HOLDS(record.reviewers[i]);
            check_person(record.reviewers[i]->person);
        }
        HOLDS(!one == !other);
        HOLDS(!one || (strlen(one) < SP_REVISION_MAX && strcmp(one, other) == 0));
    }
    bb_arena_clear(&reading.arena);
}

static void check_commit(struct json_object *object)
{
    struct reading reading;
    struct sp_commit record;

    begin(&reading, object);
    bb_record_commit(&reading.node, &reading.arena, &record);
    if (is_good(&reading)) {
        HOLDS(record.sha && is_text(record.sha));
        HOLDS(is_text(record.author_name) && is_text(record.message));
        for (size_t i = 0; i < record.n_parents; i++)
            HOLDS(record.parents[i]);
    }
    bb_arena_clear(&reading.arena);
}

/* ---- Activities ------------------------------------------------------------- */

struct tally {
    unsigned activities, faults;
};

static int on_activity(void *ctx, const struct sp_activity *record)
{
    ((struct tally *)ctx)->activities++;
    HOLDS(record->id != 0);
    HOLDS(record->action <= SP_ACTION_AUTO_MERGE_CANCELLED);
    HOLDS(!record->raw == (record->action != SP_ACTION_OTHER));
    HOLDS(is_text(record->text) && is_text(record->path) && is_text(record->raw));
    check_person(record->actor);
    check_person(record->resolver);
    for (size_t i = 0; i < record->n_added_reviewers; i++)
        check_person(record->added_reviewers[i]);
    for (size_t i = 0; i < record->n_removed_commits; i++)
        HOLDS(record->removed_commits[i]);
    return 0;
}

static int on_fault(void *ctx, int rc)
{
    ((struct tally *)ctx)->faults++;
    HOLDS(rc < 0);
    return 0;
}

/* What is wrong with one of them costs that one: with and without somebody to tell, the first
 * ones are the same. */
static void check_activities(struct json_object *object)
{
    struct tally strict = {0}, all = {0};
    struct reading reading;
    int rc;

    begin(&reading, object);
    rc = bb_record_activities(&reading.node, on_activity, NULL, &strict);
    HOLDS((rc == 0) == is_good(&reading));
    begin(&reading, object);
    HOLDS(bb_record_activities(&reading.node, on_activity, on_fault, &all) == 0);
    HOLDS(all.activities >= strict.activities);
    HOLDS((all.faults == 0) == (rc == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_tokener *tokener = json_tokener_new_ex(1000);
    struct fuzz_input input = {data, size};
    struct sp_error err;
    char *text = fuzz_text(&input);
    struct json_object *object =
        fuzz_is_utf8(text) ? json_tokener_parse_ex(tokener, text, (int)strlen(text) + 1) : NULL;

    if (!base.url)
        HOLDS(!bb_base_parse(&base, "https://git.example.com/bitbucket", &err));
    if (object) {
        check_organization(object);
        check_repository(object);
        check_pull_request(object);
        check_commit(object);
        check_activities(object);
    }
    json_object_put(object);
    json_tokener_free(tokener);
    free(text);
    return 0;
}
