/* changes.c - see changes.h */
#include "web/changes.h"

#include "output.h"
#include "web/rows.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST = 32 };

struct seen {
    int64_t id;                   /* of an organization below 0 */
    unsigned char digest[DIGEST]; /* SHA-256 of its row */
};

/* One connection, as it was seen last. */
struct table {
    char *name;
    struct seen *row; /* by id */
    size_t n;
    bool is_there;
};

struct sh_changes {
    struct table *table;
    size_t n;
    bool is_begun;   /* a connection that was never seen is new */
    EVP_MD_CTX *row; /* the digest that is made */
};

/* ---- A digest of a row ------------------------------------------------------ */

static void add_number(EVP_MD_CTX *row, int64_t number)
{
    EVP_DigestUpdate(row, &number, sizeof number);
}

/* Its end is seen, and whether it is NULL. */
static void add_text(EVP_MD_CTX *row, const char *text)
{
    add_number(row, text ? (int64_t)strlen(text) : -1);
    EVP_DigestUpdate(row, text ? text : "", text ? strlen(text) : 0);
}

static void end_row(EVP_MD_CTX *row, unsigned char digest[DIGEST])
{
    EVP_DigestFinal_ex(row, digest, NULL);
    EVP_DigestInit_ex(row, EVP_sha256(), NULL);
}

/* What a file fixes changes with it, whatever the row says. */
static void digest_file(EVP_MD_CTX *row, const struct sp_connection_file *file,
                        unsigned char digest[DIGEST])
{
    const struct sp_entries *const lists[] = {&file->repositories, &file->auto_import,
                                              &file->exclude, &file->kinds};

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (size_t j = 0; j < lists[i]->n; j++) {
            add_text(row, lists[i]->entry[j].value);
            add_number(row, lists[i]->entry[j].line);
        }
    end_row(row, digest);
}

static void add_repository(EVP_MD_CTX *of, const struct sh_repository_row *row)
{
    const char *const texts[] = {row->organization_key, row->path,      row->name,
                                 row->imported_by,      row->job_state, row->job_reason,
                                 row->job_what};
    const int64_t numbers[] = {
        row->archived,   row->fork,      row->listed,       row->imported,    row->personal,
        row->removed_ms, row->empty_ms,  row->auto_import,  row->job_since,   row->job_next,
        row->job_done,   row->job_total, row->job_failures, row->succeeded_at};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        add_text(of, texts[i]);
    EVP_DigestUpdate(of, numbers, sizeof numbers);
}

static void add_organization(EVP_MD_CTX *of, const struct sh_organization_row *row)
{
    const int64_t numbers[] = {row->personal, row->repositories, row->auto_import};

    add_text(of, row->key);
    add_text(of, row->name);
    EVP_DigestUpdate(of, numbers, sizeof numbers);
}

/* ---- A look ---------------------------------------------------------------- */

struct looking {
    const struct sp_connection_file *file;
    EVP_MD_CTX *row;            /* of what is looked at */
    unsigned char seed[DIGEST]; /* of the file */
    const struct table *before; /* NULL: it was never seen */
    struct table now;
    size_t room, added;
    bool is_many, has_no_memory;
    struct json_object *organizations, *repositories;
};

static int by_id(const void *a, const void *b)
{
    int64_t left = ((const struct seen *)a)->id, right = ((const struct seen *)b)->id;

    return left < right ? -1 : left > right;
}

static bool grow(struct looking *looking)
{
    size_t room = looking->room ? 2 * looking->room : 256;
    struct seen *row = realloc(looking->now.row, room * sizeof *row);

    if (!row)
        return false;
    looking->now.row = row;
    looking->room = room;
    return true;
}

/* Whether it is to be told: what has been added of it is another row than before. */
static bool note(struct looking *looking, int64_t id)
{
    struct seen row = {.id = id};
    const struct seen *before = NULL;

    EVP_DigestUpdate(looking->row, looking->seed, DIGEST);
    end_row(looking->row, row.digest);
    if (looking->now.n == looking->room && !grow(looking)) {
        looking->has_no_memory = true;
        return false;
    }
    looking->now.row[looking->now.n++] = row;
    if (!looking->before)
        return false;
    if (looking->before->n)
        before = bsearch(&row, looking->before->row, looking->before->n, sizeof row, by_id);
    looking->added += !before;
    if (before && memcmp(before->digest, row.digest, DIGEST) == 0)
        return false;
    if (sh_json_length(looking->repositories) >= SH_CHANGES_MAX)
        looking->is_many = true;
    return !looking->is_many;
}

static int on_organization(void *ctx, const struct sh_organization_row *row)
{
    struct looking *looking = ctx;

    add_organization(looking->row, row);
    if (note(looking, -row->id))
        looking->has_no_memory |=
            sh_json_append(looking->organizations,
                           sh_row_of_organization(looking->file, row)) != SP_OK;
    return looking->has_no_memory ? SP_ERR_NOMEM : SP_OK;
}

static int on_repository(void *ctx, const struct sh_repository_row *row)
{
    struct looking *looking = ctx;

    add_repository(looking->row, row);
    if (note(looking, row->id))
        looking->has_no_memory |=
            sh_json_append(looking->repositories, sh_row_of_repository(looking->file, row)) !=
            SP_OK;
    return looking->has_no_memory ? SP_ERR_NOMEM : SP_OK;
}

static struct json_object *tell(const struct looking *looking, const char *name)
{
    struct json_object *object = json_object_new_object();

    sh_json_text(object, "connection", name);
    sh_json_bool(object, "many", looking->is_many);
    sh_json_put(object, "organizations", json_object_get(looking->organizations));
    sh_json_put(object, "repositories", json_object_get(looking->repositories));
    return object;
}

static int look(struct looking *looking, struct sh_host *host, const char *name,
                struct sp_error *err)
{
    int rc = sh_catalog_organizations(host->store, name, on_organization, looking, err);

    if (!rc)
        rc = sh_catalog_repositories(host->store, name, 0, on_repository, looking, err);
    if (looking->has_no_memory)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    if (rc)
        return rc;
    if (looking->now.n)
        qsort(looking->now.row, looking->now.n, sizeof *looking->now.row, by_id);
    if (looking->before && looking->now.n - looking->added != looking->before->n)
        looking->is_many = true;
    return SP_OK;
}

/* ---- Connections ----------------------------------------------------------- */

static struct table *find(struct sh_changes *changes, const char *name)
{
    for (size_t i = 0; i < changes->n; i++)
        if (strcmp(changes->table[i].name, name) == 0)
            return &changes->table[i];
    return NULL;
}

static struct table *add(struct sh_changes *changes, const char *name)
{
    struct table *grown = realloc(changes->table, (changes->n + 1) * sizeof *grown);

    if (!grown)
        return NULL;
    changes->table = grown;
    grown[changes->n] = (struct table){.name = strdup(name)};
    return grown[changes->n].name ? &grown[changes->n++] : NULL;
}

struct round {
    struct sh_changes *changes;
    struct sh_host *host;
    sh_changes_fn fn;
    void *ctx;
    struct sp_error *err;
};

static int look_at(struct round *round, const char *name)
{
    static const struct sp_connection_file none;
    static const struct table empty;
    struct table *table = find(round->changes, name);
    struct sh_connection connection;
    struct looking looking = {.before = table                      ? table
                                        : round->changes->is_begun ? &empty
                                                                   : NULL,
                              .row = round->changes->row,
                              .organizations = json_object_new_array(),
                              .repositories = json_object_new_array()};
    int rc = sh_connection_read(round->host, name, &connection, round->err);

    looking.file = connection.file ? connection.file : &none;
    digest_file(looking.row, looking.file, looking.seed);
    if (!rc)
        rc = look(&looking, round->host, name, round->err);
    if (!rc && !table && !(table = add(round->changes, name)))
        rc = sp_error_set(round->err, SP_ERR_NOMEM, "out of memory");
    if (!rc) {
        if (looking.is_many || sh_json_length(looking.organizations) ||
            sh_json_length(looking.repositories))
            round->fn(round->ctx, tell(&looking, name));
        free(table->row);
        table->row = looking.now.row;
        table->n = looking.now.n;
        table->is_there = true;
    } else {
        free(looking.now.row);
    }
    json_object_put(looking.organizations);
    json_object_put(looking.repositories);
    sh_connection_clear(&connection);
    return rc;
}

static int on_connection(void *ctx, const struct sh_connection_row *row)
{
    struct json_object *names = ctx;

    return sh_json_append(names, json_object_new_string(row->name));
}

static void forget(struct table *table)
{
    free(table->name);
    free(table->row);
}

/* Those that are gone from the store. */
static void drop_missing(struct sh_changes *changes)
{
    size_t kept = 0;

    for (size_t i = 0; i < changes->n; i++)
        if (changes->table[i].is_there)
            changes->table[kept++] = changes->table[i];
        else
            forget(&changes->table[i]);
    changes->n = kept;
}

int sh_changes_look(struct sh_changes *changes, struct sh_host *host, sh_changes_fn fn,
                    void *ctx, struct sp_error *err)
{
    struct round round = {changes, host, fn, ctx, err};
    struct json_object *names = json_object_new_array();
    int rc = sh_catalog_connections(host->store, NULL, on_connection, names, err);

    for (size_t i = 0; i < changes->n; i++)
        changes->table[i].is_there = false;
    for (size_t i = 0; !rc && i < sh_json_length(names); i++)
        rc = look_at(&round, json_object_get_string(json_object_array_get_idx(names, i)));
    if (!rc)
        drop_missing(changes);
    changes->is_begun = true;
    json_object_put(names);
    return rc;
}

struct sh_changes *sh_changes_new(void)
{
    struct sh_changes *changes = calloc(1, sizeof *changes);

    if (changes)
        changes->row = EVP_MD_CTX_new();
    if (changes && changes->row && EVP_DigestInit_ex(changes->row, EVP_sha256(), NULL) == 1)
        return changes;
    sh_changes_free(changes);
    return NULL;
}

void sh_changes_free(struct sh_changes *changes)
{
    if (!changes)
        return;
    for (size_t i = 0; i < changes->n; i++)
        forget(&changes->table[i]);
    free(changes->table);
    EVP_MD_CTX_free(changes->row);
    free(changes);
}
