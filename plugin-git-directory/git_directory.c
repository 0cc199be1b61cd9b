/* git_directory.c - a source provider for a folder of bare Git repositories
 *
 * The folder is one organization, each NAME.git in it a repository.  It is the worked example
 * of docs/writing-a-provider.md: all that the contract asks for, and nothing of a product's
 * own.
 */
#define _GNU_SOURCE 1 /* asprintf, statx */
#include <source_provider.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Settings and errors ---------------------------------------------------- */

/* Of this table a host makes forms, help, and the check of connection files. */
static const struct sp_setting settings[] = {
    {.key = "directory",
     .type = SP_SETTING_FILE,
     .flags = SP_SETTING_REQUIRED,
     .label = "Directory",
     .help = "The whole path of the folder with the bare repositories, NAME.git each."},
    {.key = "organization",
     .type = SP_SETTING_STRING,
     .label = "Organization",
     .help = "What the folder is called in paths; without it, its own name."},
};

/* What configure keeps.  Nothing changes afterwards, so that any threads may share it. */
struct sp_instance {
    const struct sp_host *host;
    char *directory, *organization;
};

/* One line that says what failed, with its name; `setting` is what the user can mend, or "". */
__attribute__((format(printf, 4, 5))) static int
fail(struct sp_error *err, int code, const char *setting, const char *format, ...)
{
    va_list args;

    err->code = code;
    snprintf(err->setting, sizeof err->setting, "%s", setting);
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return code;
}

/* ---- Configure and close ---------------------------------------------------- */

/* Letters, digits and . _ -: what a path of the form KEY/slug and a URL can hold as it is. */
static bool is_name(const char *text)
{
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
            return false;
    return *text != '\0';
}

static void close_instance(struct sp_instance *instance)
{
    if (!instance)
        return;
    free(instance->directory);
    free(instance->organization);
    free(instance);
}

static int take(struct sp_instance *instance, const struct sp_pair *pair, struct sp_error *err)
{
    char **field = strcmp(pair->key, "directory") == 0      ? &instance->directory
                   : strcmp(pair->key, "organization") == 0 ? &instance->organization
                                                            : NULL;

    if (!field)
        return fail(err, SP_ERR_INVALID, pair->key, "unknown setting %s", pair->key);
    free(*field);
    *field = *pair->value ? strdup(pair->value) : NULL; /* an empty one is as good as none */
    return *pair->value && !*field ? fail(err, SP_ERR_NOMEM, "", "out of memory") : SP_OK;
}

/* Only what can be said without looking at the disk: a form is checked so, too. */
static int check_meaning(struct sp_instance *instance, struct sp_error *err)
{
    char *end;

    if (!instance->directory)
        return fail(err, SP_ERR_INVALID, "directory",
                    "directory is missing: the folder with the bare repositories");
    if (instance->directory[0] != '/')
        return fail(err, SP_ERR_INVALID, "directory",
                    "directory: %s is no whole path, it has to begin with /",
                    instance->directory);
    end = instance->directory + strlen(instance->directory);
    while (end > instance->directory + 1 && end[-1] == '/')
        *--end = '\0';
    if (!instance->organization)
        instance->organization = strdup(strrchr(instance->directory, '/') + 1);
    if (!instance->organization)
        return fail(err, SP_ERR_NOMEM, "", "out of memory");
    if (!is_name(instance->organization))
        return fail(err, SP_ERR_INVALID, "organization",
                    "organization: \"%s\" has other characters than letters, digits, . _ -; "
                    "set another",
                    instance->organization);
    return SP_OK;
}

static int configure(const struct sp_host *host, const struct sp_pair *pairs, size_t n,
                     struct sp_instance **out, struct sp_error *err)
{
    struct sp_instance *instance = calloc(1, sizeof *instance);
    int rc = SP_OK;

    if (!instance)
        return fail(err, SP_ERR_NOMEM, "", "out of memory");
    instance->host = host;
    for (size_t i = 0; !rc && i < n; i++)
        rc = take(instance, &pairs[i], err);
    if (!rc)
        rc = check_meaning(instance, err);
    if (rc)
        close_instance(instance);
    else
        *out = instance;
    return rc;
}

/* Nobody logs in: there is no account that a wrong password could lock. */
static int account(struct sp_instance *instance, char *name, size_t size, struct sp_error *err)
{
    (void)instance, (void)err;
    if (size > 0)
        name[0] = '\0';
    return SP_OK;
}

/* ---- The folder ------------------------------------------------------------- */

static int cancelled(const struct sp_sink *sink, struct sp_error *err)
{
    return sink->cancelled && sink->cancelled(sink->ctx)
               ? fail(err, SP_ERR_CANCELLED, "", "cancelled")
               : SP_OK;
}

static void warn(const struct sp_instance *instance, const char *what, const char *name)
{
    char line[400];

    snprintf(line, sizeof line, "%s: %s", name, what);
    for (char *c = line; *c; c++)
        if (!isprint((unsigned char)*c))
            *c = '?'; /* names of files are any bytes, a log line is not */
    if (instance->host && instance->host->log)
        instance->host->log(instance->host->ctx, SP_LOG_WARNING, line);
}

/* The product's own number, here the file system's, which stays when a folder is renamed.  An
 * inode is used again once it is free, so that the time of its birth belongs to it.  0: there
 * is no folder of that name. */
static int64_t identity(int folder, const char *name)
{
    struct statx st;
    uint64_t id;

    if (statx(folder, name, 0, STATX_TYPE | STATX_INO | STATX_BTIME, &st) ||
        !S_ISDIR(st.stx_mode))
        return 0;
    id = st.stx_ino * 0x9E3779B97F4A7C15u;
    id ^= (uint64_t)st.stx_btime.tv_sec * 1000000000u + st.stx_btime.tv_nsec;
    return (int64_t)(id >> 2 | 1); /* neither 0 nor negative */
}

/* Whether git will find a repository there, or at least whether we may look. */
static bool is_readable(int folder, const char *name)
{
    char head[PATH_MAX];

    return snprintf(head, sizeof head, "%s/HEAD", name) < (int)sizeof head &&
           faccessat(folder, head, R_OK, AT_EACCESS) == 0;
}

/* What is done with each NAME.git: a negative value ends the walk. */
typedef int (*repository_fn)(void *ctx, int folder, const char *file, const char *slug);

/* 1: it is one of ours, and *slug its name without ".git". */
static int is_repository(const struct sp_instance *instance, const char *file, char slug[256])
{
    size_t length = strlen(file);

    if (length <= 4 || strcmp(file + length - 4, ".git") != 0)
        return 0;
    snprintf(slug, 256, "%.*s", (int)(length - 4), file);
    if (is_name(slug))
        return 1;
    warn(instance, "left out, a repository has only letters, digits, . _ - in its name", file);
    return 0;
}

static int walk(struct sp_instance *instance, const struct sp_sink *sink, repository_fn fn,
                void *ctx, struct sp_error *err)
{
    DIR *dir = opendir(instance->directory);
    const struct dirent *entry;
    char slug[256];
    int rc = SP_OK;

    if (!dir)
        return fail(err, errno == EACCES ? SP_ERR_FORBIDDEN : SP_ERR_NOT_FOUND, "directory",
                    "directory %s: %s", instance->directory, strerror(errno));
    while (!rc && (errno = 0, entry = readdir(dir))) {
        rc = cancelled(sink, err);
        if (!rc && is_repository(instance, entry->d_name, slug))
            rc = fn(ctx, dirfd(dir), entry->d_name, slug);
    }
    if (!rc && errno) /* the rest is unknown: that is no complete listing */
        rc = fail(err, SP_ERR_UNAVAILABLE, "directory", "directory %s: %s", instance->directory,
                  strerror(errno));
    closedir(dir);
    return rc;
}

/* ---- Enumerate --------------------------------------------------------------- */

struct listing {
    struct sp_instance *instance;
    const struct sp_sink *sink;
    int64_t organization_id;
    struct sp_progress progress;
};

/* A callback may be NULL; what it returns, when it is not 0, is what we return. */
static int send_organization(const struct listing *listing)
{
    const struct sp_organization record = {
        .size = sizeof record,
        .id = listing->organization_id,
        .key = listing->instance->organization,
        .name = listing->instance->organization,
        .description = listing->instance->directory,
    };

    return listing->sink->organization
               ? listing->sink->organization(listing->sink->ctx, &record)
               : SP_OK;
}

static int send_repository(void *ctx, int folder, const char *file, const char *slug)
{
    struct listing *listing = ctx;
    const struct sp_sink *sink = listing->sink;
    char path[600];
    struct sp_repository record = {
        .size = sizeof record,
        .id = identity(folder, file),
        .organization_id = listing->organization_id,
        .path = path,
        .slug = slug,
        .name = slug,
        .flags = is_readable(folder, file) ? 0 : SP_REPOSITORY_OFFLINE,
    };

    if (!record.id)
        return SP_OK; /* a file, or it went while we looked */
    snprintf(path, sizeof path, "%s/%s", listing->instance->organization, slug);
    listing->progress.done++;
    if (sink->progress)
        sink->progress(sink->ctx, &listing->progress);
    return sink->repository ? sink->repository(sink->ctx, &record) : SP_OK;
}

/* The organization before its repositories, and `complete` when nothing was missed. */
static int enumerate(struct sp_instance *instance, const struct sp_sink *sink,
                     struct sp_error *err)
{
    struct listing listing = {
        .instance = instance,
        .sink = sink,
        .organization_id = identity(AT_FDCWD, instance->directory),
        .progress = {.size = sizeof listing.progress, .what = "repositories"},
    };
    int rc = cancelled(sink, err);

    if (!rc && !listing.organization_id)
        rc = fail(err, SP_ERR_NOT_FOUND, "directory", "directory %s is no folder that is there",
                  instance->directory);
    if (!rc)
        rc = send_organization(&listing);
    if (!rc)
        rc = walk(instance, sink, send_repository, &listing, err);
    if (!rc && sink->complete)
        rc = sink->complete(sink->ctx);
    return rc;
}

/* ---- Import ------------------------------------------------------------------ */

/* file:///PATH, in which everything but the plainest characters is percent-encoded. */
static char *file_url(const char *path)
{
    char *url = malloc(sizeof "file://" + 3 * strlen(path)), *end = url;

    if (!url)
        return NULL;
    end += sprintf(end, "file://");
    for (; *path; path++)
        end += isalnum((unsigned char)*path) || strchr("/._-", *path)
                   ? sprintf(end, "%c", *path)
                   : sprintf(end, "%%%02X", (unsigned char)*path);
    return url;
}

/* Git is all that there is to import, and Git is the host's work: it is told where. */
static int hand_over(const char *place, const struct sp_sink *sink, struct sp_error *err)
{
    char *url = file_url(place);
    struct sp_git_remote remote = {.size = sizeof remote, .url = url, .flags = SP_GIT_LOCAL};
    int rc = !url               ? fail(err, SP_ERR_NOMEM, "", "out of memory")
             : sink->git_remote ? sink->git_remote(sink->ctx, &remote)
                                : SP_OK;

    free(url);
    return rc;
}

/* The slug of a path that is one of ours, or NULL. */
static const char *slug_of(const struct sp_instance *instance, const char *path)
{
    size_t length = strlen(instance->organization);

    return strncmp(path, instance->organization, length) == 0 && path[length] == '/' &&
                   is_name(path + length + 1)
               ? path + length + 1
               : NULL;
}

/* A path may be another's by now: what counts is the id. */
static int import(struct sp_instance *instance, const struct sp_import *what,
                  const struct sp_sink *sink, struct sp_error *err)
{
    bool is_part = SP_HAS(struct sp_import, what, flags) && what->flags & SP_IMPORT_PART;
    const char *slug = slug_of(instance, what->path);
    char *place = NULL;
    int rc = cancelled(sink, err);

    if (rc || is_part) /* of pull requests, of which we have none */
        return rc;
    if (!slug || asprintf(&place, "%s/%s.git", instance->directory, slug) < 0)
        return fail(err, SP_ERR_NOT_FOUND, "", "%s is not in %s", what->path,
                    instance->directory);
    if (identity(AT_FDCWD, place) != what->repository_id)
        rc = fail(err, SP_ERR_NOT_FOUND, "", "%s is gone, or is now another repository", place);
    else
        rc = hand_over(place, sink, err);
    free(place);
    return rc;
}

/* ---- Health ------------------------------------------------------------------ */

static int tell(const struct sp_sink *sink, const struct sp_check *check)
{
    return sink->check ? sink->check(sink->ctx, check) : SP_OK;
}

static int tell_directory(const struct sp_sink *sink, int walked, const struct sp_error *why)
{
    return tell(sink, &(struct sp_check){
                          .size = sizeof(struct sp_check),
                          .id = "directory",
                          .status = walked ? SP_CHECK_FAIL : SP_CHECK_PASS,
                          .detail = walked ? why->message : "it can be read",
                          .remedy = walked ? "Make the folder readable for the user that this "
                                             "host runs as, or correct its path."
                                           : NULL,
                          .setting = walked ? "directory" : NULL,
                          .code = walked,
                          .cause = walked ? "directory" : NULL,
                      });
}

struct count {
    unsigned all, unreadable, foreign;
};

/* Git refuses to read a repository that belongs to another user. */
static int count_repository(void *ctx, int folder, const char *file, const char *slug)
{
    struct count *count = ctx;
    struct stat st;

    (void)slug;
    if (fstatat(folder, file, &st, 0) || !S_ISDIR(st.st_mode))
        return SP_OK;
    count->all++;
    count->unreadable += !is_readable(folder, file);
    count->foreign += st.st_uid != geteuid();
    return SP_OK;
}

static int tell_repositories(const struct sp_sink *sink, int walked, const struct count *count)
{
    unsigned bad = count->unreadable + count->foreign;
    char detail[160];
    struct sp_check check = {.size = sizeof check, .id = "repositories", .detail = detail};

    snprintf(detail, sizeof detail, "%u repositories, %u cannot be read, %u are another user's",
             count->all, count->unreadable, count->foreign);
    if (walked) {
        check.status = SP_CHECK_SKIP;
        check.detail = "not tried, the folder cannot be read";
    } else if (bad) {
        check.status = SP_CHECK_FAIL;
        check.code = SP_ERR_FORBIDDEN;
        check.cause = "owner";
        check.remedy = "Give the repositories to the user that this host runs as (chown -R), "
                       "or run the host as theirs: git reads no others.";
    } else if (!count->all) {
        check.status = SP_CHECK_WARN;
        check.cause = "empty";
        check.setting = "directory";
        check.remedy = "Correct the path when there should be repositories, NAME.git each.";
    }
    return tell(sink, &check);
}

/* The report is complete, however bad the news in it: only who ends it makes it fail. */
static int health(struct sp_instance *instance, const struct sp_sink *sink,
                  struct sp_error *err)
{
    struct sp_error why = {.size = sizeof why};
    struct count count = {0};
    int walked = cancelled(sink, err);
    int rc;

    if (!walked)
        walked = walk(instance, sink, count_repository, &count, &why);
    if (walked == SP_ERR_CANCELLED)
        return fail(err, SP_ERR_CANCELLED, "", "cancelled");
    rc = tell_directory(sink, walked, &why);
    return rc ? rc : tell_repositories(sink, walked, &count);
}

/* ---- The module ---------------------------------------------------------------- */

static const struct source_provider provider = {
    .size = sizeof provider,
    .abi = SP_ABI_VERSION,
    .threading = SP_PARALLEL,
    .name = "git-directory",
    .title = "Git directory",
    .version = "1.0",
    SP_SETTINGS(settings),
    .configure = configure,
    .close = close_instance,
    .enumerate = enumerate,
    .import = import,
    .health = health,
    .account = account,
};

SOURCE_PROVIDER_DEFINE(provider);
