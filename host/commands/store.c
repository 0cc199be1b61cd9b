/* store.c - `store copy`: moves an installation between stores, and proves it */
#include "claim.h"
#include "command.h"
#include "output.h"
#include "store/copy.h"
#include "store/worker.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct printing {
    bool json;
    int64_t rows;
};

/* Its URL may hold a password, and is not shown. */
static bool is_file(const char *store)
{
    return !strstr(store, "://");
}

static int check(const char *from, const char *to, struct sp_error *err)
{
    struct stat a = {0}, b;

    if (is_file(from) && stat(from, &a))
        return sp_error_set(err, SP_ERR_INVALID, "%s, to copy from: %s", from, strerror(errno));
    if (strcmp(from, to) == 0 || (is_file(from) && is_file(to) && stat(to, &b) == 0 &&
                                  a.st_dev == b.st_dev && a.st_ino == b.st_ino))
        return sp_error_set(err, SP_ERR_INVALID,
                            "both are the same store; copy to another, which is empty");
    return SP_OK;
}

static int count_workers(const char *url, int64_t *ret, struct sp_error *err)
{
    struct sh_store *store;
    int rc = sh_store_open(url, &store, err);

    if (rc)
        return rc;
    rc = sh_workers_count(store, ret, err);
    sh_store_close(store);
    return rc;
}

/* Who works on it does no harm, but what comes from then on is not in the copy. */
static int warn(const char *from, struct sp_error *err)
{
    int64_t workers = 0;
    int rc = SP_OK;

    if (is_file(from))
        workers = sh_claim_any_is_taken(from);
    else
        rc = count_workers(from, &workers, err);
    if (workers)
        sh_complain("a process works on the store that is copied: what it does from here on is "
                    "not in the copy; better stop it, and copy again");
    return rc;
}

static void print_json(const struct sh_copied *copied)
{
    struct json_object *object = json_object_new_object();
    char from[24], to[24];

    snprintf(from, sizeof from, "%016" PRIx64, copied->from.sum);
    snprintf(to, sizeof to, "%016" PRIx64, copied->to.sum);
    sh_json_text(object, "table", copied->table);
    sh_json_int(object, "rows", copied->from.rows);
    sh_json_text(object, "checksum", from);
    sh_json_int(object, "copy_rows", copied->to.rows);
    sh_json_text(object, "copy_checksum", to);
    sh_json_bool(object, "equal", sh_copied_is_equal(copied));
    sh_print_json(object);
}

static void on_table(void *ctx, const struct sh_copied *copied)
{
    struct printing *printing = ctx;

    printing->rows += copied->from.rows;
    if (printing->json)
        print_json(copied);
    else if (sh_copied_is_equal(copied))
        sh_print_row(copied->table, "%" PRId64 " rows, checksum %016" PRIx64 " in both",
                     copied->from.rows, copied->from.sum);
    else
        sh_print_row(copied->table,
                     "%" PRId64 " rows, checksum %016" PRIx64
                     ": DIFFERS from the copy: %" PRId64 " rows, checksum %016" PRIx64,
                     copied->from.rows, copied->from.sum, copied->to.rows, copied->to.sum);
}

enum sh_exit sh_command_store(struct sh_host *host, const struct sh_arguments *arguments)
{
    struct printing printing = {.json = host->options.json};
    const char *from = arguments->name[1], *to = arguments->name[2];
    struct sp_error err;

    if (strcmp(arguments->name[0], "copy") != 0) {
        sh_complain("store %s: there is only `store copy FROM TO`", arguments->name[0]);
        return SH_USAGE;
    }
    if (check(from, to, &err) || warn(from, &err) ||
        sh_store_copy(from, to, on_table, &printing, &err))
        return sh_fail(&err);
    if (printing.json)
        return SH_DONE;
    sh_print("all %" PRId64 " rows were copied, and are the same where they were read again",
             printing.rows);
    sh_print_wrapped(0, "Mirrors stay in the data directory: with the same --data they are "
                        "found again.");
    return SH_DONE;
}
