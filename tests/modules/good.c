/* good.c - a provider that does what its settings say, right or wrong
 *
 * `configure` is one word, for the way in which configure goes wrong.  `steps` is what the
 * other calls do, word by word, in the table below: "begin activity end" is a good import.
 * After the word "deaf" they go on whatever the host answers.
 */
#include <source_provider.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sp_instance {
    char steps[256];
};

struct call {
    const struct sp_sink *sink;
    struct sp_error *err;
    int deaf;
    char revision[SP_REVISION_MAX + 1]; /* the last that the host told, or else "none" */
};

struct step {
    const char *word;
    int (*play)(struct call *, const void *record);
    const void *record;
};

/* Records may be longer or shorter than they say, and lack what they need. */
struct later_organization {
    struct sp_organization now;
    const char *more;
};
static const struct later_organization organization = {
    {.size = sizeof organization, .id = 1, .key = "PLAT", .visibility = SP_PRIVATE}, "more"};
static const struct sp_organization no_id = {.size = sizeof no_id, .key = "PLAT"},
                                    no_key = {.size = sizeof no_key, .id = 1},
                                    small = {.size = offsetof(struct sp_organization, flags),
                                             .id = 1,
                                             .key = "PLAT"};

#define REPOSITORY(number, organization, its_path)                                             \
    {                                                                                          \
        .size = sizeof(struct sp_repository), .id = (number),                                  \
        .organization_id = (organization), .path = (its_path)                                  \
    }
static const struct sp_repository repository = REPOSITORY(10, 1, "PLAT/api"),
                                  repository_no_id = REPOSITORY(0, 1, "PLAT/api"),
                                  repository_no_path = REPOSITORY(10, 1, NULL),
                                  repository_alone = REPOSITORY(10, 0, "PLAT/api"),
                                  repository_small = {.size = sizeof(size_t), .id = 10};
static const struct sp_git_remote remote = {.size = sizeof remote, .url = "https://a/b.git"},
                                  remote_no_url = {.size = sizeof remote_no_url},
                                  remote_small = {.size = 0, .url = "https://a/b.git"};
static const int64_t seven = 7, eight = 8, zero = 0, negative = -7;
static const struct sp_commit commit = {.size = sizeof commit, .sha = "abc"},
                              commit_no_sha = {.size = sizeof commit_no_sha},
                              commit_small = {.size = 16, .sha = "abc"};
static const struct sp_activity activity = {.size = sizeof activity, .id = 70},
                                activity_no_id = {.size = sizeof activity_no_id},
                                activity_small = {.size = 16, .id = 70};
static const struct sp_pull_request end = {.size = sizeof end, .number = 7, .state = SP_OPEN},
                                    end_other = {.size = sizeof end_other, .number = 8},
                                    end_small = {.size = 16, .number = 7};
static const struct sp_check check = {.size = sizeof check, .id = "login"},
                             check_no_id = {.size = sizeof check_no_id},
                             check_status = {.size = sizeof check_status,
                                             .id = "login",
                                             .status = SP_CHECK_SKIP + 1},
                             check_small = {.size = 8, .id = "login"};
static const struct sp_progress progress = {.size = sizeof progress, .what = "things"},
                                progress_small = {.size = 8, .what = "things"};
static const struct sp_person person = {.size = sizeof person, .id = 5},
                              person_no_id = {.size = sizeof person_no_id, .name = "dana"},
                              person_small = {.size = 16, .id = 5};
static const struct sp_error why = {.size = sizeof why, .message = "the server\nis busy"},
                             why_small = {.size = 16};
static const size_t room = SP_REVISION_MAX, no_room = 0;

#define SENDER(callback)                                                                       \
    static int send_##callback(struct call *call, const void *record)                          \
    {                                                                                          \
        return call->sink->callback ? call->sink->callback(call->sink->ctx, record) : SP_OK;   \
    }
SENDER(organization)
SENDER(repository)
SENDER(git_remote)
SENDER(pull_request_commit)
SENDER(activity)
SENDER(person)
SENDER(cursor)
SENDER(check)

static int send_complete(struct call *call, const void *record)
{
    (void)record;
    return call->sink->complete ? call->sink->complete(call->sink->ctx) : SP_OK;
}

static int send_begin(struct call *call, const void *number)
{
    return call->sink->pull_request_begin(call->sink->ctx, *(const int64_t *)number);
}

static int send_end(struct call *call, const void *record)
{
    struct sp_pull_request pull_request;

    if (!record)
        return call->sink->pull_request_end(call->sink->ctx, NULL);
    memcpy(&pull_request, record, sizeof pull_request);
    pull_request.revision = call->revision;
    return call->sink->pull_request_end(call->sink->ctx, &pull_request);
}

static int send_gone(struct call *call, const void *number)
{
    return call->sink->pull_request_gone(call->sink->ctx, *(const int64_t *)number);
}

static int send_left_out(struct call *call, const void *n)
{
    return call->sink->left_out(call->sink->ctx, n ? "since" : NULL,
                                n ? *(const int64_t *)n : 1);
}

static int send_long_cursor(struct call *call, const void *length)
{
    char cursor[SP_CURSOR_MAX + 1];

    memset(cursor, 'x', sizeof cursor);
    cursor[*(const size_t *)length] = '\0';
    return call->sink->cursor(call->sink->ctx, cursor);
}

static int send_waiting(struct call *call, const void *record)
{
    call->sink->waiting(call->sink->ctx, 1000, record);
    return SP_OK;
}

static int send_progress(struct call *call, const void *record)
{
    call->sink->progress(call->sink->ctx, record);
    return SP_OK;
}

static int ask_revision(struct call *call, const void *size)
{
    return call->sink->known_revision(call->sink->ctx, 7, size ? call->revision : NULL,
                                      size ? *(const size_t *)size : sizeof call->revision);
}

/* Goes on to the next until there is none. */
static int ask_held(struct call *call, const void *after)
{
    int64_t number = after ? *(const int64_t *)after : 0;
    int rc;

    while ((rc = call->sink->held_pull_request(call->sink->ctx, number, INT64_MIN,
                                               after ? &number : NULL)) > 0)
        ;
    return rc;
}

static int ask_has_commit(struct call *call, const void *sha)
{
    int has = call->sink->has_commit(call->sink->ctx, sha);

    snprintf(call->revision, sizeof call->revision, "has %d", has);
    return has < 0 ? has : SP_OK;
}

static int ask_cancelled(struct call *call, const void *record)
{
    (void)record;
    if (!call->sink->cancelled(call->sink->ctx))
        return SP_OK;
    strcpy(call->err->message, "cancelled");
    return SP_ERR_CANCELLED;
}

static int lengthen_revision(struct call *call, const void *size)
{
    memset(call->revision, 'x', *(const size_t *)size);
    call->revision[*(const size_t *)size] = '\0';
    return SP_OK;
}

static int set_deaf(struct call *call, const void *record)
{
    (void)record;
    call->deaf = 1;
    return SP_OK;
}

static int fail(struct call *call, const void *message)
{
    strcpy(call->err->message, message ? message : "");
    return SP_ERR_NETWORK;
}

static int be_positive(struct call *call, const void *record)
{
    (void)call, (void)record;
    return 42;
}

static const struct step steps[] = {
    {"organization", send_organization, &organization},
    {"organization-null", send_organization, NULL},
    {"organization-small", send_organization, &small},
    {"organization-no-id", send_organization, &no_id},
    {"organization-no-key", send_organization, &no_key},
    {"repository", send_repository, &repository},
    {"repository-null", send_repository, NULL},
    {"repository-small", send_repository, &repository_small},
    {"repository-no-id", send_repository, &repository_no_id},
    {"repository-no-path", send_repository, &repository_no_path},
    {"repository-alone", send_repository, &repository_alone},
    {"complete", send_complete, NULL},
    {"remote", send_git_remote, &remote},
    {"remote-null", send_git_remote, NULL},
    {"remote-small", send_git_remote, &remote_small},
    {"remote-no-url", send_git_remote, &remote_no_url},
    {"known", ask_revision, &room},
    {"known-null", ask_revision, NULL},
    {"known-no-room", ask_revision, &no_room},
    {"held", ask_held, &zero},
    {"held-null", ask_held, NULL},
    {"has", ask_has_commit, "abc"},
    {"has-null", ask_has_commit, NULL},
    {"begin", send_begin, &seven},
    {"begin-other", send_begin, &eight},
    {"begin-zero", send_begin, &zero},
    {"begin-negative", send_begin, &negative},
    {"commit", send_pull_request_commit, &commit},
    {"commit-null", send_pull_request_commit, NULL},
    {"commit-small", send_pull_request_commit, &commit_small},
    {"commit-no-sha", send_pull_request_commit, &commit_no_sha},
    {"activity", send_activity, &activity},
    {"activity-null", send_activity, NULL},
    {"activity-small", send_activity, &activity_small},
    {"activity-no-id", send_activity, &activity_no_id},
    {"end", send_end, &end},
    {"end-null", send_end, NULL},
    {"end-small", send_end, &end_small},
    {"end-other", send_end, &end_other},
    {"gone", send_gone, &seven},
    {"gone-other", send_gone, &eight},
    {"gone-zero", send_gone, &zero},
    {"person", send_person, &person},
    {"person-null", send_person, NULL},
    {"person-small", send_person, &person_small},
    {"person-no-id", send_person, &person_no_id},
    {"left-out", send_left_out, &seven},
    {"left-out-null", send_left_out, NULL},
    {"left-out-negative", send_left_out, &negative},
    {"cursor", send_cursor, "here"},
    {"cursor-null", send_cursor, NULL},
    {"longest-cursor", send_long_cursor, &(const size_t){SP_CURSOR_MAX - 1}},
    {"long-cursor", send_long_cursor, &(const size_t){SP_CURSOR_MAX}},
    {"longest-revision", lengthen_revision, &(const size_t){SP_REVISION_MAX - 1}},
    {"long-revision", lengthen_revision, &(const size_t){SP_REVISION_MAX}},
    {"check", send_check, &check},
    {"check-null", send_check, NULL},
    {"check-small", send_check, &check_small},
    {"check-no-id", send_check, &check_no_id},
    {"check-status", send_check, &check_status},
    {"progress", send_progress, &progress},
    {"progress-null", send_progress, NULL},
    {"progress-small", send_progress, &progress_small},
    {"waiting", send_waiting, &why},
    {"waiting-null", send_waiting, NULL},
    {"waiting-small", send_waiting, &why_small},
    {"cancelled", ask_cancelled, NULL},
    {"deaf", set_deaf, NULL},
    {"fail", fail, "the cable is cut"},
    {"silent", fail, NULL},
    {"positive", be_positive, NULL},
};

/* A word that is not in the table is a mistake of the test. */
static int play_word(struct call *call, const char *word)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (strcmp(steps[i].word, word) == 0)
            return steps[i].play(call, steps[i].record);
    snprintf(call->err->message, sizeof call->err->message, "there is no step %s", word);
    return SP_ERR_UNSUPPORTED;
}

static int play(struct sp_instance *instance, const struct sp_sink *sink, struct sp_error *err)
{
    struct call call = {.sink = sink, .err = err, .revision = "none"};
    char words[sizeof instance->steps], *rest = NULL;
    int rc = SP_OK;

    memcpy(words, instance->steps, sizeof words);
    for (char *word = strtok_r(words, " ", &rest); word && (!rc || call.deaf);
         word = strtok_r(NULL, " ", &rest))
        rc = play_word(&call, word);
    return rc;
}

static int import(struct sp_instance *instance, const struct sp_import *what,
                  const struct sp_sink *sink, struct sp_error *err)
{
    if (what->repository_id != 10 || strcmp(what->path, "PLAT/api") != 0)
        return SP_ERR_NOT_FOUND;
    return play(instance, sink, err);
}

static int refuse(const char *how, struct sp_error *err)
{
    if (strcmp(how, "positive") == 0)
        return 1;
    if (strcmp(how, "silent") == 0)
        return SP_ERR_INVALID;
    if (strcmp(how, "empty") == 0)
        return SP_OK;
    strcpy(err->message, "steps: they are not liked");
    strcpy(err->setting, "steps");
    return SP_ERR_INVALID;
}

static int configure(const struct sp_host *host, const struct sp_pair *pairs, size_t n,
                     struct sp_instance **out, struct sp_error *err)
{
    const char *its_steps = "";
    struct sp_instance *instance;

    if (host && host->log)
        host->log(host->ctx, SP_LOG_INFO, "configure");
    for (size_t i = 0; i < n; i++) {
        if (strcmp(pairs[i].key, "configure") == 0)
            return refuse(pairs[i].value, err);
        its_steps = pairs[i].value;
    }
    instance = calloc(1, sizeof *instance);
    if (!instance)
        return SP_ERR_NOMEM;
    snprintf(instance->steps, sizeof instance->steps, "%s", its_steps);
    *out = instance;
    return SP_OK;
}

static void close_instance(struct sp_instance *instance)
{
    free(instance);
}

static const struct sp_setting settings[] = {
    {.key = "configure", .label = "Configure", .type = SP_SETTING_STRING},
    {.key = "steps", .label = "Steps", .type = SP_SETTING_LIST},
};

/* Steps that are one of two words are about it. */
static int good_account(struct sp_instance *instance, char *name, size_t size,
                        struct sp_error *err)
{
    (void)err;
    if (strcmp(instance->steps, "account-positive") == 0)
        return 1;
    snprintf(name, size, "https://good.example.com:443 jane");
    if (strcmp(instance->steps, "account-endless") == 0)
        memset(name, 'x', size);
    return 0;
}

static const struct source_provider provider = {
    .size = sizeof provider,
    .abi = SP_ABI_VERSION,
    .threading = SP_PARALLEL,
    .name = "good",
    .title = "Good",
    .version = "1.0",
    SP_SETTINGS(settings),
    .configure = configure,
    .close = close_instance,
    .enumerate = play,
    .import = import,
    .health = play,
    .account = good_account,
};
SOURCE_PROVIDER_DEFINE(provider);
