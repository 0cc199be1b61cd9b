/* support_bundle.c - what somebody who helps needs to know, in one stream without secrets
 *
 * Most of it is what other commands tell as JSON, one after the other, each part behind a line
 * that names it.
 */
#include "clock.h"
#include "command.h"
#include "connections.h"
#include "git/run.h"
#include "owner.h"
#include "process.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

enum { RUNS = 200, LOG_BYTES_MAX = 4 << 20, LOG_WAIT_MS = 10000 };
#define LOG_LINES "500"

/* What is wrong with the part that is being told. */
static enum sh_exit tell_problem(const struct sp_error *err)
{
    struct json_object *object = json_object_new_object();

    sh_json_text(object, "problem", err->message);
    sh_print_json(object);
    return sh_exit_for(err->code);
}

/* ---- Versions -------------------------------------------------------------- */

static int on_git_version(void *ctx, char *line)
{
    sh_json_text(ctx, "git", line);
    return 0;
}

static void add_git(struct json_object *object)
{
    const char *const version[] = {"--version", NULL};
    struct sp_error err;
    struct sh_process_lines lines = {.fn = on_git_version, .ctx = object, .err = &err};

    if (sh_git_ask(NULL, version, NULL, NULL, &lines))
        sh_json_text(object, "git", err.message);
}

static int on_store_version(void *ctx, const struct sh_value *column, size_t n)
{
    (void)n;
    sh_json_text(ctx, "store", column[0].text);
    return 0;
}

static void add_store(struct sh_host *host, struct json_object *object)
{
    bool is_shared = sh_store_is_shared(host->options.store);
    struct sp_error err;

    if (sh_host_need_store(host, &err) ||
        (is_shared ? SH_QUERY(host->store, &err, on_store_version, object, "SELECT version()")
                   : SH_QUERY(host->store, &err, on_store_version, object,
                              "SELECT 'SQLite ' || sqlite_version()")))
        sh_json_text(object, "store", err.message);
}

static enum sh_exit tell_versions(struct sh_host *host, const struct sh_arguments *arguments)
{
    struct json_object *object = json_object_new_object();
    struct utsname system;
    char text[sizeof system.sysname + sizeof system.release + sizeof system.machine + 2];

    (void)arguments;
    uname(&system);
    snprintf(text, sizeof text, "%s %s %s", system.sysname, system.release, system.machine);
    sh_json_time(object, "at", sh_now_ms());
    sh_json_text(object, "source_host", PACKAGE_VERSION);
    sh_json_text(object, "system", text);
    add_git(object);
    add_store(host, object);
    sh_print_json(object);
    return SH_DONE;
}

/* ---- Configuration --------------------------------------------------------- */

#define HIDDEN "(hidden)"

/* It may be the rest of a secret that was pasted in two lines. */
static bool is_name(const char *key)
{
    return !key[strspn(key, "abcdefghijklmnopqrstuvwxyz_")];
}

/* What is no setting may be a secret under a misspelt name; what fetches a secret may be the
 * secret itself, put there by mistake; and an address may have a login in it. */
static const char *shown(const struct source_provider *provider, const struct sp_entry *entry)
{
    const struct sp_setting *setting = provider ? sp_settings_find(provider, entry->key) : NULL;
    bool is_address =
        (setting && setting->type == SP_SETTING_URL) || strstr(entry->value, "://");

    if (!setting || setting->flags & SP_SETTING_SECRET ||
        (is_address && strpbrk(entry->value, "@?#")))
        return HIDDEN;
    return entry->value;
}

static void add_entry(struct json_object *list, const char *key, const char *value,
                      unsigned line)
{
    struct json_object *object = json_object_new_object();

    sh_json_text(object, "key", key);
    sh_json_text(object, "value", value);
    sh_json_int(object, "line", line);
    sh_json_append(list, object);
}

static void add_settings(struct json_object *list, const struct source_provider *provider,
                         const struct sp_entries *entries)
{
    for (size_t i = 0; i < entries->n; i++) {
        const struct sp_entry *entry = &entries->entry[i];

        add_entry(list, is_name(entry->key) ? entry->key : HIDDEN, shown(provider, entry),
                  entry->line);
    }
}

/* Of [import], an entry for each word; `key` NULL: each has its own. */
static void add_choices(struct json_object *list, const char *key,
                        const struct sp_entries *entries)
{
    for (size_t i = 0; i < entries->n; i++)
        add_entry(list, key ? key : entries->entry[i].key, entries->entry[i].value,
                  entries->entry[i].line);
}

static int tell_file(struct sh_host *host, const char *name, struct sp_error *err)
{
    struct json_object *object = json_object_new_object();
    struct json_object *settings = json_object_new_array(), *import = json_object_new_array();
    struct sh_connection connection;
    int rc = sh_connection_read(host, name, &connection, err);
    const struct sp_connection_file *file = connection.file;

    if (file) { /* else it has errors, which `connections` tells */
        add_settings(settings,
                     host->modules ? sp_modules_find(host->modules, file->provider) : NULL,
                     &file->settings);
        add_choices(import, "repositories", &file->repositories);
        add_choices(import, "auto_import", &file->auto_import);
        add_choices(import, "exclude", &file->exclude);
        add_choices(import, NULL, &file->kinds);
    }
    sh_json_text(object, "connection", name);
    sh_json_text(object, "file", connection.path);
    sh_json_text(object, "provider", file ? file->provider : NULL);
    sh_json_put(object, "settings", settings);
    sh_json_put(object, "import", import);
    sh_print_json(object);
    sh_connection_clear(&connection);
    return rc;
}

/* The path of a file; a URL has a login in it. */
static const char *shown_store(const char *store)
{
    if (sh_store_is_shared(store))
        return "postgresql://" HIDDEN;
    return strstr(store, "://") || strchr(store, '=') ? HIDDEN : store;
}

static enum sh_exit tell_configuration(struct sh_host *host,
                                       const struct sh_arguments *arguments)
{
    struct json_object *object = json_object_new_object();
    const struct sh_options *options = &host->options;
    const struct sh_configuration *configuration = &host->configuration;

    (void)arguments;
    sh_json_text(object, "config", options->config);
    sh_json_text(object, "providers", options->providers);
    sh_json_text(object, "data", options->data);
    sh_json_text(object, "store", shown_store(options->store));
    sh_json_int(object, "min_free_bytes", (int64_t)configuration->min_free);
    sh_json_int(object, "list_interval_ms", configuration->pace.list_ms);
    sh_json_int(object, "sync_interval_ms", configuration->pace.sync_ms);
    sh_json_int(object, "mirror_grace_ms", configuration->mirror_grace_ms);
    sh_print_json(object);
    return SH_DONE;
}

static enum sh_exit tell_files(struct sh_host *host, const struct sh_arguments *arguments)
{
    struct sp_error err;
    char **names;
    size_t n;
    int rc;

    (void)arguments;
    sh_host_need_modules(host, &err); /* without them all settings are hidden */
    rc = sh_connection_names(host, &names, &n, &err);
    if (rc)
        return tell_problem(&err);
    for (size_t i = 0; !rc && i < n; i++)
        rc = tell_file(host, names[i], &err);
    sh_connection_names_free(names, n);
    return rc ? tell_problem(&err) : SH_DONE;
}

/* ---- What was done, and said ------------------------------------------------ */

static int on_run(void *ctx, const struct sh_journal_row *row)
{
    struct json_object *object = sh_report_run(row);

    (void)ctx;
    sh_json_text(object, "connection", row->connection);
    sh_json_text(object, "path", row->path);
    sh_print_json(object);
    return SP_OK;
}

static enum sh_exit tell_runs(struct sh_host *host, const struct sh_arguments *arguments)
{
    struct sp_error err;

    (void)arguments;
    return sh_journal_last_of_all(host->store, RUNS, on_run, NULL, &err) ? tell_problem(&err)
                                                                         : SH_DONE;
}

/* The journal's own form is JSON, an object a line, too; of what it has between them nothing
 * is told. */
static int on_log(void *ctx, char *line)
{
    size_t *told = ctx;

    if (*line != '{')
        return 0;
    *told += strlen(line);
    puts(line);
    return *told > LOG_BYTES_MAX;
}

static const char *const journalctl[] = {"journalctl",
                                         "--unit=source-host.service",
                                         "--unit=source-host-worker@*.service",
                                         "--lines=" LOG_LINES,
                                         "--output=json",
                                         "--output-fields=MESSAGE,PRIORITY,_PID,_SYSTEMD_UNIT",
                                         "--quiet",
                                         "--no-pager",
                                         NULL};

static enum sh_exit tell_log(struct sh_host *host, const struct sh_arguments *arguments)
{
    char *env[] = {(char[]){"LC_ALL=C.UTF-8"}, NULL};
    struct sp_error err;
    size_t told = 0;
    struct sh_process_lines lines = {.fn = on_log, .ctx = &told, .err = &err};
    struct sh_process process = {
        .argv = journalctl,
        .env = env,
        .longest_ms = LOG_WAIT_MS,
        .keep = -1,
        .ctx = &lines,
        .output = sh_process_lines_feed,
        .cancelled = sh_cancelled,
    };
    struct sh_process_end end;
    int rc = sh_process_run(&process, &end, &err);

    (void)host, (void)arguments;
    sh_process_lines_clear(&lines);
    if (rc > 0)
        sp_error_set(&err, SP_ERR_HOST, "the rest is too long, and left out");
    else if (!rc && end.status)
        sp_error_set(&err, SP_ERR_HOST, "journalctl: %.*s", (int)strcspn(end.errors.kept, "\n"),
                     end.errors.kept);
    else if (!rc && !told)
        sp_error_set(&err, SP_ERR_HOST,
                     "the journal has nothing of source-host that this user may read");
    else if (!rc)
        return SH_DONE;
    return tell_problem(&err);
}

/* ---- The parts --------------------------------------------------------------- */

static int need_files(struct sh_host *host, struct sp_error *err)
{
    char **names;
    size_t n;
    int rc = sh_connection_names(host, &names, &n, err);

    if (!rc)
        sh_connection_names_free(names, n);
    return rc;
}

static const struct part {
    const char *name;
    int (*need)(struct sh_host *, struct sp_error *); /* what it cannot do without, or NULL */
    enum sh_exit (*tell)(struct sh_host *, const struct sh_arguments *);
} log_part = {"log", NULL, tell_log},
  parts[] = {
      {"versions", NULL, tell_versions},
      {"configuration", NULL, tell_configuration},
      {"providers", sh_host_need_modules, sh_command_providers},
      {"connection_files", need_files, tell_files},
      {"connections", need_files, sh_command_connections},
      {"health", need_files, sh_command_check},
      {"status", sh_host_need_store, sh_command_status},
      {"runs", sh_host_need_store, tell_runs},
};

/* What goes wrong with a part is told in it, and the next one follows. */
static void tell(const struct part *part, struct sh_host *host,
                 const struct sh_arguments *arguments)
{
    struct json_object *begin = json_object_new_object(), *end;
    struct sp_error err;
    enum sh_exit code;

    sh_json_text(begin, "part", part->name);
    if (part->need && part->need(host, &err)) {
        sh_json_text(begin, "problem", err.message);
        sh_print_json(begin);
        return;
    }
    sh_print_json(begin);
    code = part->tell(host, arguments);
    if (code == SH_DONE)
        return;
    end = json_object_new_object();
    sh_json_text(end, "part", part->name);
    sh_json_text(end, "ended_as", sh_exit_meaning(code));
    sh_print_json(end);
}

enum sh_exit sh_command_support_bundle(struct sh_host *host,
                                       const struct sh_arguments *arguments)
{
    struct sp_error err;

    host->options.json = true;
    tell(&log_part, host, arguments); /* while we may be root, who may read the journal */
    if (sh_become_owner(host->options.data, &err))
        return sh_fail(&err);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !sh_stopping(); i++)
        tell(&parts[i], host, arguments);
    return sh_stopping() ? SH_FAILED : SH_DONE;
}
