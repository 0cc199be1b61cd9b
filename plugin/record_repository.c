/* record_repository.c - people, projects and repositories */
#include "error.h"
#include "record.h"
#include "version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bb_record_no_memory(const struct bb_node *node)
{
    if (!node->doc->rc)
        node->doc->rc = bb_fail_memory(node->doc->err);
}

const struct sp_person *bb_record_person(const struct bb_node *node, struct bb_arena *arena)
{
    struct sp_person *person;
    const char *type;

    if (!node->value || node->doc->rc)
        return NULL;
    person = bb_arena_take(arena, sizeof *person);
    if (!person) {
        bb_record_no_memory(node);
        return NULL;
    }
    type = bb_json_string(node, "type");
    *person = (struct sp_person){
        .size = sizeof *person,
        .id = bb_json_int(node, "id", 0),
        .name = bb_json_string(node, "name"),
        .slug = bb_json_string(node, "slug"),
        .display_name = bb_json_string(node, "displayName"),
        .email = bb_json_string(node, "emailAddress"),
        .flags = type && strcmp(type, "SERVICE") == 0 ? SP_PERSON_SERVICE : 0,
    };
    if (bb_json_has(node, "active") && !bb_json_bool(node, "active"))
        person->flags |= SP_PERSON_INACTIVE;
    return person;
}

static uint32_t visibility_of(const struct bb_node *node)
{
    if (!bb_json_has(node, "public"))
        return SP_VISIBILITY_UNKNOWN;
    return bb_json_bool(node, "public") ? SP_PUBLIC : SP_PRIVATE;
}

static int64_t required_id(const struct bb_node *node)
{
    int64_t id = bb_json_int(node, "id", 0);

    if (id <= 0)
        bb_json_wrong(node, "id", id ? "is out of range" : "is missing");
    return id;
}

static const char *required_string(const struct bb_node *node, const char *key)
{
    const char *text = bb_json_string(node, key);

    if (!text || !*text)
        bb_json_wrong(node, key, "is missing");
    return text;
}

/* What URLs are made of; a server that means no harm has no such names. */
static const char *required_segment(const struct bb_node *node, const char *key)
{
    const char *text = required_string(node, key);

    if (text && !bb_is_segment(text))
        bb_json_wrong(node, key, "is no name that a path may have");
    return text;
}

void bb_record_organization(const struct bb_node *project, struct sp_organization *record)
{
    const char *type = bb_json_string(project, "type");

    *record = (struct sp_organization){
        .size = sizeof *record,
        .id = required_id(project),
        .key = required_segment(project, "key"),
        .name = bb_json_string(project, "name"),
        .description = bb_json_string(project, "description"),
        .visibility = visibility_of(project),
    };
    /* The key of a personal project begins with ~ (documented); type was not always told. */
    if ((type && strcmp(type, "PERSONAL") == 0) || (record->key && record->key[0] == '~'))
        record->flags |= SP_ORGANIZATION_PERSONAL;
}

static const char *join_path(const struct bb_node *node, const char *key, const char *slug,
                             struct bb_arena *arena)
{
    size_t size = key && slug ? strlen(key) + strlen(slug) + 2 : 0;
    char *path = size ? bb_arena_take(arena, size) : NULL;

    if (path)
        snprintf(path, size, "%s/%s", key, slug);
    else if (size)
        bb_record_no_memory(node);
    return path;
}

/* Made from the configured base: a link in the answer may name a host that only the server
 * itself knows. */
static const char *web_url(const struct bb_node *node, const struct bb_base *base,
                           const char *key, const char *slug, struct bb_arena *arena)
{
    bool personal = key && key[0] == '~';
    char *made, *url;

    if (!key || !slug || !bb_is_segment(key + personal))
        return NULL;
    made = bb_base_make(base, personal ? "/users/%s/repos/%s" : "/projects/%s/repos/%s",
                        key + personal, slug);
    url = made ? bb_arena_take(arena, strlen(made) + 1) : NULL;
    if (url)
        strcpy(url, made);
    else
        bb_record_no_memory(node);
    free(made);
    return url;
}

void bb_record_repository(const struct bb_node *node, const struct bb_base *base,
                          struct bb_arena *arena, struct sp_repository *record)
{
    struct bb_node project = bb_json_object(node, "project");
    struct bb_node origin = bb_json_object(node, "origin");
    const char *key = project.value ? required_segment(&project, "key") : NULL;
    const char *slug = required_segment(node, "slug");

    *record = (struct sp_repository){
        .size = sizeof *record,
        .id = required_id(node),
        .organization_id = bb_json_int(&project, "id", 0),
        .origin_id = bb_json_int(&origin, "id", 0),
        .path = join_path(node, key, slug, arena),
        .slug = slug,
        .name = bb_json_string(node, "name"),
        .description = bb_json_string(node, "description"),
        .default_branch = bb_json_string(node, bb_fact(BB_DEFAULT_BRANCH)->name),
        .state = bb_json_string(node, "state"),
        .web_url = web_url(node, base, key, slug, arena),
        .visibility = visibility_of(node),
    };
    if (bb_json_bool(node, bb_fact(BB_ARCHIVED)->name))
        record->flags |= SP_REPOSITORY_ARCHIVED;
    if (origin.value)
        record->flags |= SP_REPOSITORY_FORK;
    if (record->state && strcmp(record->state, "AVAILABLE") != 0)
        record->flags |= SP_REPOSITORY_OFFLINE;
}
