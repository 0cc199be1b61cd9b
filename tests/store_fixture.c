/* store_fixture.c - see store_fixture.h */
#include "store_fixture.h"

#include "store/catalog.h"
#include "store/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char path[256];
struct sh_store *store;
struct sp_error err;
struct sh_scope scope, listing;

static struct sh_store *other;

static void empty_database(void)
{
    struct sh_store *raw;

    OK(sh_postgres_open(path, &raw, &err));
    OK(raw->engine->script(raw, "DROP SCHEMA public CASCADE; CREATE SCHEMA public", &err));
    sh_store_close(raw);
}

/* A test that failed has left them. */
static void remove_files(void)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char file[sizeof path + 4];

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(file, sizeof file, "%s%s", path, ends[i]);
        unlink(file);
    }
}

void set_up(void)
{
    const char *url = getenv("SH_CHECK_STORE");

    if (url)
        snprintf(path, sizeof path, "%s", url);
    else
        snprintf(path, sizeof path, "/tmp/check_store-%d.sqlite", getpid());
    if (url)
        empty_database();
    else
        remove_files();
    OK(sh_store_open(path, &store, &err));
    OK(sh_catalog_connection(store, "acme", "demo", "dana", &err));
    scope = (struct sh_scope){store, "acme", 7, 0, 0};
    listing = (struct sh_scope){store, "acme", 0, 0, 0};
}

void tear_down(void)
{
    sh_store_close(other);
    sh_store_close(store);
    other = store = NULL;
    if (!sh_store_is_shared(path))
        remove_files();
}

struct sh_store *other_store(void)
{
    if (!other)
        OK(sh_store_open(path, &other, &err));
    return other;
}

int64_t number_of(struct sh_store *of, const char *sql, int line)
{
    int64_t number = -1;

    ck_assert_msg(SH_QUERY(of, &err, sh_take_number, &number, sql) == SP_OK, "line %d: %s",
                  line, err.message);
    return number;
}

static char text[1000];

static int take_text(void *ctx, const struct sh_value *column, size_t n)
{
    (void)ctx, (void)n;
    snprintf(text, sizeof text, "%s", column[0].text ? column[0].text : "(null)");
    return 0;
}

const char *text_of(const char *sql, int line)
{
    snprintf(text, sizeof text, "(no row)");
    ck_assert_msg(SH_QUERY(store, &err, take_text, NULL, sql) == SP_OK, "line %d: %s", line,
                  err.message);
    return text;
}

void list_organization(void)
{
    struct sp_organization record = {.size = sizeof record, .id = 1, .key = "PLAT"};

    OK(sh_listing_organization(store, "acme", &record, &err));
}

void list_repository(int64_t id, const char *repository_path)
{
    struct sp_repository record = {.size = sizeof record,
                                   .id = id,
                                   .organization_id = 1,
                                   .path = repository_path,
                                   .state = "AVAILABLE"};

    OK(sh_listing_repository(store, "acme", &record, &err));
}

int run_all(Suite *suite)
{
    SRunner *runner = srunner_create(suite);

    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    srunner_free(runner);
    return 0; /* the TAP tells what failed */
}
