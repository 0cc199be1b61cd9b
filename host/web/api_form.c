/* api_form.c - the form of a connection: checked, tested, and saved */
#include "web/api.h"

#include "connection_form.h"
#include "output.h"
#include "web/answer.h"
#include "web/body.h"
#include "web/connection.h"
#include "web/tasks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A form that was sent: what it says of a connection that is there, or of a new one. */
struct editing {
    struct sh_request *request;
    const char *name;
    struct sh_connection before;     /* its file; NULL: it is new */
    struct sp_connection_file *file; /* as it would be; NULL once it was taken over */
    struct sh_form form;
    struct sh_connection *opened; /* what the problems are found in */
    struct json_object *problems;
    bool has_problem; /* also where there was no memory to tell it */
};

/* ---- Problems -------------------------------------------------------------- */

/* The first of a setting: what is wrong with it otherwise may follow from that. */
static void add_problem(struct editing *editing, const char *setting, const char *message)
{
    struct json_object *problem;

    for (size_t i = 0; setting && i < sh_json_length(editing->problems); i++) {
        struct json_object *other;

        json_object_object_get_ex(json_object_array_get_idx(editing->problems, i), "setting",
                                  &other);
        if (other && strcmp(json_object_get_string(other), setting) == 0)
            return;
    }
    editing->has_problem = true;
    problem = json_object_new_object();
    sh_json_text(problem, "setting", setting);
    sh_json_text(problem, "message", message);
    sh_json_append(editing->problems, problem);
}

/* Of what is missing there is no entry: its message begins with the setting. */
static const char *setting_of(const struct editing *editing, const struct sp_problem *problem)
{
    const struct sp_connection_file *file = editing->opened->file;
    const struct sp_setting *setting;
    size_t length;

    if (*editing->opened->blamed)
        return editing->opened->blamed;
    if (problem->line > 0 && problem->line <= file->settings.n)
        return file->settings.entry[problem->line - 1].key;
    for (size_t i = 0; (setting = sh_form_setting(&editing->form, i)); i++) {
        length = strlen(setting->key);
        if (strncmp(problem->text, setting->key, length) == 0 && problem->text[length] == ' ')
            return setting->key;
    }
    return NULL;
}

static void on_problem(void *ctx, const struct sp_problem *problem)
{
    struct editing *editing = ctx;

    if (!problem->warning)
        add_problem(editing, setting_of(editing, problem), problem->text);
}

/* ---- What was sent --------------------------------------------------------- */

/* Files of this machine, and its environment, are not for who has but a login: the first line
 * of any of them could be sent to a server of his own. */
static bool is_elsewhere(const struct editing *editing, const char *key)
{
    const struct sp_setting *setting = sp_settings_find(editing->form.provider, key);

    return setting && strcmp(setting->key, key) != 0;
}

static void take(struct editing *editing, const char *key, struct json_object *value)
{
    const char *text = value ? json_object_get_string(value) : NULL;
    struct sp_error err;

    if (is_elsewhere(editing, key))
        add_problem(editing, key, "where a secret is kept is said in the file, not here");
    else if (json_object_is_type(value, json_type_object) ||
             json_object_is_type(value, json_type_array))
        add_problem(editing, key, "it is no text");
    else if (text && sh_form_fault(text))
        add_problem(editing, key, sh_form_fault(text));
    else if (sh_form_set(&editing->form, key, text, &err))
        add_problem(editing, key, err.message);
}

static int take_settings(struct editing *editing, struct sp_error *err)
{
    struct json_object *settings = NULL;

    if (!json_object_object_get_ex(editing->request->body, "settings", &settings))
        return SP_OK;
    if (!json_object_is_type(settings, json_type_object))
        return sp_error_set(err, SP_ERR_INVALID, "settings is no object");
    json_object_object_foreach(settings, key, value)
    {
        take(editing, key, value);
    }
    return SP_OK;
}

static int read_before(struct editing *editing, struct sp_error *err)
{
    struct sh_host *host = &editing->request->web->host;
    int rc;

    if (!sh_connection_has_file(host, editing->name))
        return SP_OK;
    rc = sh_connection_read(host, editing->name, &editing->before, err);
    return rc || editing->before.file
               ? rc
               : sp_error_set(err, SP_ERR_INVALID,
                              "%s.conf has errors that no form can mend; mend them in the file",
                              editing->name);
}

static int find_provider(struct editing *editing, const struct source_provider **ret,
                         struct sp_error *err)
{
    const struct sp_connection_file *before = editing->before.file;
    struct json_object *said = NULL;
    const char *name = before ? before->provider : NULL;

    if (json_object_object_get_ex(editing->request->body, "provider", &said))
        name = json_object_get_string(said);
    *ret = name ? sp_modules_find(editing->request->web->host.modules, name) : NULL;
    if (before && name && strcmp(name, before->provider) != 0)
        return sp_error_set(err, SP_ERR_INVALID, "%s is a connection of %.60s; it stays so",
                            editing->name, before->provider);
    if (*ret)
        return SP_OK;
    if (!name)
        return sp_error_set(err, SP_ERR_NOT_FOUND, "there is no connection %.64s",
                            editing->name);
    return sp_error_set(err, SP_ERR_INVALID, "there is no provider %.60s that can be used",
                        name);
}

/* A secret that is kept is for the servers that it was given for: whoever names another one
 * has to know it. */
static void check_kept_secrets(struct editing *editing)
{
    const struct sp_connection_file *before = editing->before.file;
    const struct sp_setting *setting, *moved = NULL;

    for (size_t i = 0; (setting = sh_form_setting(&editing->form, i)); i++) {
        const struct sh_form_line *line = &editing->form.line[i];
        const char *was = NULL;

        if (setting->type != SP_SETTING_URL || !line->key)
            continue;
        for (size_t j = 0; j < before->settings.n; j++)
            if (strcmp(before->settings.entry[j].key, setting->key) == 0)
                was = before->settings.entry[j].value;
        if (!was || strcmp(was, line->value) != 0)
            moved = setting;
    }
    for (size_t j = 0; moved && j < before->settings.n; j++) {
        const struct sp_entry *entry = &before->settings.entry[j];

        setting = sp_settings_find(editing->form.provider, entry->key);
        if (!setting || !(setting->flags & SP_SETTING_SECRET) ||
            sh_form_says(&editing->form, setting->key))
            continue;
        add_problem(editing, setting->key,
                    "give it again: another URL is named, and what is kept is not sent there");
    }
}

/* SP_ERR_INVALID: it cannot be read at all; what is wrong in it goes into the problems. */
static int read_form(struct editing *editing, struct sh_request *request, const char *name,
                     struct sp_error *err)
{
    const struct source_provider *provider;
    int rc = SP_OK;

    *editing =
        (struct editing){.request = request, .name = name, .problems = json_object_new_array()};
    if (!sh_is_connection_name(name))
        add_problem(editing, "connection",
                    "a name has at most 63 letters, digits, - _ and ., and begins with no .");
    else
        rc = read_before(editing, err);
    if (!rc)
        rc = find_provider(editing, &provider, err);
    if (!rc)
        rc = sh_form_init(&editing->form, &request->web->host, provider, name, err);
    if (!rc)
        rc = take_settings(editing, err);
    if (!rc && editing->before.file)
        check_kept_secrets(editing);
    if (!rc)
        editing->file = sh_form_file(&editing->form, name, editing->before.file);
    return rc || editing->file ? rc : sp_error_set(err, SP_ERR_NOMEM, "out of memory");
}

static void clear(struct editing *editing)
{
    sp_connection_file_free(editing->file);
    sh_connection_clear(&editing->before);
    sh_form_clear(&editing->form);
    json_object_put(editing->problems);
}

/* Opens it with a host of whoever needs it open. */
static int open_it(struct editing *editing, struct sh_host *host,
                   struct sh_connection *connection, struct sp_error *err)
{
    struct sp_connection_file *file = editing->file;

    editing->file = NULL;
    editing->opened = connection;
    return sh_connection_open_file(host, editing->name, file, on_problem, editing, connection,
                                   err);
}

static void answer_problems(struct editing *editing)
{
    struct sp_error err = {.message = "some settings cannot be used as they are"};
    struct json_object *object = sh_error_json("settings", &err);

    sh_json_put(object, "problems", json_object_get(editing->problems));
    sh_answer_status(editing->request, MHD_HTTP_UNPROCESSABLE_CONTENT, object);
}

/* ---- Operations ------------------------------------------------------------ */

static int validate(struct editing *editing, struct sp_error *err)
{
    struct sh_connection connection;
    int rc = open_it(editing, &editing->request->web->host, &connection, err);

    sh_connection_clear(&connection);
    editing->opened = NULL;
    return rc;
}

void sh_api_validate(struct sh_request *request)
{
    const char *name = sh_body_text(request, "connection");
    struct editing editing;
    struct json_object *object;
    struct sp_error err;
    int rc;

    if (!name)
        return;
    rc = read_form(&editing, request, name, &err);
    if (!rc)
        rc = validate(&editing, &err);
    if (rc) {
        sh_answer_error(request, &err);
    } else {
        object = json_object_new_object();
        sh_json_put(object, "problems", json_object_get(editing.problems));
        sh_answer(request, object);
    }
    clear(&editing);
}

/* What a person has just entered is tried although it was refused as something else. */
static void test(struct editing *editing, struct sh_task *task)
{
    struct sh_connection *connection = sh_task_connection(task);
    bool is_saved = json_object_object_length(editing->request->body) == 1;
    struct json_object *object;
    struct sp_error err;
    int64_t number;

    if (open_it(editing, sh_task_host(task), connection, &err)) {
        sh_answer_error(editing->request, &err);
        sh_task_drop(task);
        return;
    }
    if (editing->has_problem) {
        answer_problems(editing);
        sh_task_drop(task);
        return;
    }
    connection->account->is_typed = !is_saved;
    number = sh_task_start(task, is_saved, &err);
    if (number < 0) {
        sh_answer_error(editing->request, &err);
        return;
    }
    object = json_object_new_object();
    sh_json_int(object, "task", number);
    sh_answer_status(editing->request, MHD_HTTP_ACCEPTED, object);
}

void sh_api_test(struct sh_request *request)
{
    const char *name = sh_body_text(request, "connection");
    struct editing editing;
    struct sh_task *task;
    struct sp_error err;

    if (!name)
        return;
    if (read_form(&editing, request, name, &err)) {
        sh_answer_error(request, &err);
    } else {
        task = sh_task_new(request->web->tasks, &request->web->host);
        if (task)
            test(&editing, task);
        else
            sh_answer_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
                             "%d tests are under way; try again when one of them has ended",
                             SH_TASKS_MAX);
    }
    clear(&editing);
}

static int write_it(struct editing *editing, struct sp_error *err)
{
    struct sp_connection_file *base = editing->before.file, *read = NULL;
    int rc = sh_form_write(&editing->form, base, err);

    if (!rc && sp_connection_file_read(editing->form.draft, &read, NULL, NULL) == SP_ERR_NOMEM)
        rc = sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    if (!rc && (!read || !sh_form_is_whole(&editing->form, read)))
        rc = sp_error_set(err, SP_ERR_INVALID,
                          "a value cannot stand in a connection file as it is");
    sp_connection_file_free(read);
    return rc ? rc : sh_form_keep(&editing->form, !base, err);
}

static void save(struct editing *editing, unsigned status)
{
    struct json_object *object;
    struct sp_error err;

    if (validate(editing, &err)) {
        sh_answer_error(editing->request, &err);
    } else if (editing->has_problem) {
        answer_problems(editing);
    } else if (write_it(editing, &err)) {
        sh_answer_error(editing->request, &err);
    } else {
        object = json_object_new_object();
        sh_json_text(object, "connection", editing->name);
        sh_answer_status(editing->request, status, object);
    }
}

void sh_api_connect(struct sh_request *request)
{
    const char *name = sh_body_text(request, "connection");
    struct editing editing;
    struct sp_error err;

    if (!name)
        return;
    if (read_form(&editing, request, name, &err)) {
        sh_answer_error(request, &err);
    } else {
        if (editing.before.file)
            add_problem(&editing, "connection", "there is a connection of that name already");
        save(&editing, MHD_HTTP_CREATED);
    }
    clear(&editing);
}

void sh_api_change(struct sh_request *request)
{
    struct editing editing;
    struct sp_error err;

    if (read_form(&editing, request, request->name, &err))
        sh_answer_error(request, &err);
    else if (!editing.before.file)
        sh_answer_refuse(request, MHD_HTTP_NOT_FOUND, "not_found", "%.64s has no file",
                         request->name);
    else
        save(&editing, MHD_HTTP_OK);
    clear(&editing);
}
