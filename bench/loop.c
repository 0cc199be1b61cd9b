/* loop.c - what parsing pages and storing their rows costs anybody
 *
 *     loop STORE PAGE...      pages are files, whose path tells what they list
 *
 * json-c parses a page as a whole, and SQLite inserts its rows, one statement each, prepared
 * once, a transaction for each page, into the tables that source-host has made.  Nothing else:
 * no row is looked at twice, none is compared with what is there, nothing can go wrong halfway.
 */
#include <json-c/json.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum statement {
    ORGANIZATION,
    REPOSITORY,
    PERSON,
    PULL_REQUEST,
    REVIEWER,
    ACTIVITY,
    STATEMENTS
};

static const char *const sql[STATEMENTS] = {
    [ORGANIZATION] =
        "INSERT OR IGNORE INTO organization (connection, id, key, name, description,"
        " personal, public, listed) VALUES ('acme', ?, ?, ?, ?, ?, ?, 1)",
    [REPOSITORY] = "INSERT INTO repository (connection, id, organization_id, path, slug, name,"
                   " description, origin_id, archived, fork, public, state, offline, listed)"
                   " VALUES ('acme', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 1)",
    [PERSON] = "INSERT OR IGNORE INTO person (connection, id, name, slug, display_name, email,"
               " active, service) VALUES ('acme', ?, ?, ?, ?, ?, ?, 0)",
    [PULL_REQUEST] =
        "INSERT INTO pull_request (connection, repository_id, number, title, description, "
        "state,"
        " draft, author_id, created_at, updated_at, closed_at, from_ref, from_commit,"
        " from_repository_id, to_ref, to_commit, comment_count, open_task_count,"
        " resolved_task_count) VALUES ('acme', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?,"
        " ?)",
    [REVIEWER] =
        "INSERT INTO pull_request_reviewer (connection, repository_id, pull_request_number,"
        " person_id, state, last_reviewed_commit) VALUES ('acme', ?, ?, ?, ?, ?)",
    [ACTIVITY] =
        "INSERT INTO activity (connection, repository_id, pull_request_number, id, action,"
        " actor_id, created_at, comment_id, parent_comment_id, comment_version, updated_at, "
        "text,"
        " severity, comment_state, path, line, line_type, file_type, diff_type, orphaned,"
        " from_commit, to_commit, previous_from_commit, previous_to_commit) VALUES ('acme', 1, "
        "?,"
        " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
};

static sqlite3 *db;
static sqlite3_stmt *prepared[STATEMENTS];

static void check(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "loop: %s: %s\n", what, db ? sqlite3_errmsg(db) : "");
    exit(1);
}

/* A member by its path, "fromRef.repository.id"; NULL when it is not there. */
static json_object *at(json_object *object, const char *path)
{
    char key[64];

    while (object && *path) {
        size_t length = strcspn(path, ".");

        snprintf(key, sizeof key, "%.*s", (int)length, path);
        if (!json_object_object_get_ex(object, key, &object))
            return NULL;
        path += length + (path[length] == '.');
    }
    return object;
}

static int64_t number(json_object *object, const char *path)
{
    return json_object_get_int64(at(object, path));
}

/* i: a number, 0 is NULL; n: a number; t: a text, which may be NULL; m: a text by its path in
 * the object. */
static void insert(enum statement which, json_object *object, const char *types, ...)
{
    sqlite3_stmt *statement = prepared[which];
    va_list args;

    va_start(args, types);
    for (int i = 1; *types; i++, types++) {
        int64_t n = *types == 'i' || *types == 'n' ? va_arg(args, int64_t) : 0;
        const char *text = *types == 't' || *types == 'm' ? va_arg(args, const char *) : NULL;

        if (*types == 'm')
            text = json_object_get_string(at(object, text));
        if (text)
            sqlite3_bind_text(statement, i, text, -1, SQLITE_STATIC);
        else if (*types == 'n' || n)
            sqlite3_bind_int64(statement, i, n);
        else
            sqlite3_bind_null(statement, i);
    }
    va_end(args);
    check(sqlite3_step(statement) == SQLITE_DONE, sql[which]);
    sqlite3_reset(statement);
}

static int64_t person(json_object *user)
{
    if (!user)
        return 0;
    insert(PERSON, user, "nmmmmn", number(user, "id"), "name", "slug", "displayName",
           "emailAddress", number(user, "active"));
    return number(user, "id");
}

static void organization(json_object *project)
{
    insert(ORGANIZATION, project, "nmmmnn", number(project, "id"), "key", "name", "description",
           (int64_t)(at(project, "owner") != NULL), number(project, "public"));
}

static void repository(json_object *value)
{
    char path[512];

    organization(at(value, "project"));
    snprintf(path, sizeof path, "%s/%s", json_object_get_string(at(value, "project.key")),
             json_object_get_string(at(value, "slug")));
    insert(REPOSITORY, value, "nntmmminnnm", number(value, "id"), number(value, "project.id"),
           path, "slug", "name", "description", number(value, "origin.id"),
           number(value, "archived"), (int64_t)(at(value, "origin") != NULL),
           number(value, "public"), "state");
}

static void pull_request(json_object *value)
{
    json_object *reviewers = at(value, "reviewers");
    int64_t id = number(value, "id"), repository_id = number(value, "toRef.repository.id");

    insert(PULL_REQUEST, value, "nnmmmniiiimmimmnnn", repository_id, id, "title", "description",
           "state", number(value, "draft"), person(at(value, "author.user")),
           number(value, "createdDate"), number(value, "updatedDate"),
           number(value, "closedDate"), "fromRef.id", "fromRef.latestCommit",
           number(value, "fromRef.repository.id"), "toRef.id", "toRef.latestCommit",
           number(value, "properties.commentCount"), number(value, "properties.openTaskCount"),
           number(value, "properties.resolvedTaskCount"));
    for (size_t i = 0; i < json_object_array_length(reviewers); i++) {
        json_object *reviewer = json_object_array_get_idx(reviewers, i);

        insert(REVIEWER, reviewer, "nnnmm", repository_id, id, person(at(reviewer, "user")),
               "status", "lastReviewedCommit");
    }
}

static void comment(json_object *entry, json_object *value, int64_t of, int64_t parent)
{
    json_object *replies = at(value, "comments");
    int64_t id = number(value, "id");

    insert(ACTIVITY, value, "nntiiiinimmmtitttnttxx", of, parent ? -id : number(entry, "id"),
           "COMMENTED", person(at(value, "author")), number(value, "createdDate"), id, parent,
           number(value, "version"), number(value, "updatedDate"), "text", "severity", "state",
           json_object_get_string(at(entry, "commentAnchor.path")),
           number(entry, "commentAnchor.line"),
           json_object_get_string(at(entry, "commentAnchor.lineType")),
           json_object_get_string(at(entry, "commentAnchor.fileType")),
           json_object_get_string(at(entry, "commentAnchor.diffType")),
           number(entry, "commentAnchor.orphaned"),
           json_object_get_string(at(entry, "commentAnchor.fromHash")),
           json_object_get_string(at(entry, "commentAnchor.toHash")));
    for (size_t i = 0; replies && i < json_object_array_length(replies); i++)
        comment(NULL, json_object_array_get_idx(replies, i), of, id);
}

static void activity(json_object *value, int64_t of)
{
    if (at(value, "comment")) {
        comment(value, at(value, "comment"), of, 0);
        return;
    }
    insert(ACTIVITY, value, "nnmiixxxxxxxxxxxxnmmmm", of, number(value, "id"), "action",
           person(at(value, "user")), number(value, "createdDate"), (int64_t)0, "fromHash",
           "toHash", "previousFromHash", "previousToHash");
}

static void store(const char *path)
{
    json_object *page = json_object_from_file(path), *values = at(page, "values");
    const char *of = strstr(path, "/pull-requests/");

    check(values != NULL, path);
    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (size_t i = 0; i < json_object_array_length(values); i++) {
        json_object *value = json_object_array_get_idx(values, i);

        if (of && strstr(path, "/activities/"))
            activity(value, atoll(of + strlen("/pull-requests/")));
        else if (of)
            pull_request(value);
        else if (strstr(path, "/projects/"))
            organization(value);
        else
            repository(value);
    }
    check(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK, "commit");
    json_object_put(page);
}

int main(int argc, char **argv)
{
    check(argc > 2, "usage: loop STORE PAGE...");
    check(sqlite3_open(argv[1], &db) == SQLITE_OK, argv[1]);
    sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", NULL, NULL,
                 NULL);
    for (int i = 0; i < STATEMENTS; i++)
        check(sqlite3_prepare_v2(db, sql[i], -1, &prepared[i], NULL) == SQLITE_OK, sql[i]);
    for (int i = 2; i < argc; i++)
        store(argv[i]);
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(prepared[i]);
    sqlite3_close(db);
    return 0;
}
