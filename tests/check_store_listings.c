/* check_store_listings.c - the store: what a listing brings into the catalog */
#include "store_fixture.h"

#include "store/catalog.h"
#include "store/choice.h"
#include "store/listing.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

START_TEST(a_listing_takes_effect_at_its_end)
{
    OK(sh_listing_begin(store, &err));
    list_organization();
    list_repository(7, "PLAT/api");
    list_repository(8, "PLAT/web");
    ck_assert_int_eq(NUMBER("count(*) FROM repository"), 0);
    OK(sh_listing_end(&listing, 1000, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM repository WHERE listed = 1"), 2);
    ck_assert_int_eq(NUMBER("listed_at FROM connection"), 1000);
}
END_TEST

START_TEST(what_is_not_listed_any_more_is_kept)
{
    OK(sh_listing_begin(store, &err));
    list_organization();
    list_repository(7, "PLAT/api");
    list_repository(8, "PLAT/web");
    OK(sh_listing_end(&listing, 1000, &err));
    OK(sh_choice_import(&scope, "import", 1500, &err));
    OK(sh_listing_begin(store, &err));
    list_organization();
    list_repository(7, "PLAT/renamed");
    OK(sh_listing_end(&listing, 2000, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM repository"), 2);
    ck_assert_int_eq(NUMBER("count(*) FROM repository WHERE id = 8 AND listed = 0"
                            " AND state = 'AVAILABLE' AND unlisted_since = 2000"),
                     1);
    ck_assert_int_eq(NUMBER("count(*) FROM repository WHERE id = 7 AND path = 'PLAT/renamed'"
                            " AND imported = 1 AND imported_at = 1500"),
                     1);
}
END_TEST

/* Neither what is gone for longer already, nor what others list. */
START_TEST(only_what_goes_now_and_is_the_connections_own_is_dated)
{
    OK(SH_RUN(store, &err, "INSERT INTO connection (name, provider) VALUES ('beta', 'p')"));
    OK(SH_RUN(store, &err,
              "INSERT INTO organization (connection, id, key, name, personal, listed)"
              " VALUES ('beta', 5, 'PLAT', 'Platform', 0, 1)"));
    for (int64_t ms = 1000; ms <= 3000; ms += 1000) {
        OK(sh_listing_begin(store, &err));
        if (ms == 1000) {
            list_organization();
            list_repository(7, "PLAT/api");
        }
        OK(sh_listing_end(&listing, ms, &err));
    }
    ck_assert_int_eq(NUMBER("unlisted_since FROM repository WHERE id = 7"), 2000);
    ck_assert_int_eq(NUMBER("listed FROM organization WHERE connection = 'acme'"), 0);
    ck_assert_int_eq(NUMBER("listed FROM organization WHERE connection = 'beta'"), 1);
}
END_TEST

START_TEST(a_listing_that_did_not_end_is_forgotten)
{
    OK(sh_listing_begin(store, &err));
    list_organization();
    list_repository(7, "PLAT/api");
    OK(sh_listing_begin(store, &err));
    list_organization();
    OK(sh_listing_end(&listing, 1000, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM repository"), 0);
}
END_TEST

static int note_move(void *ctx, const char *old_path, const char *new_path)
{
    snprintf(ctx, 200, "%s > %s", old_path, new_path);
    return 0;
}

START_TEST(a_repository_that_moved_is_told_once_and_its_old_path_kept)
{
    char moved[200] = "";

    for (int ms = 1000; ms <= 3000; ms += 1000) {
        OK(sh_listing_begin(store, &err));
        list_organization();
        list_repository(7, ms == 1000 ? "PLAT/api" : "PLAT/interface");
        OK(sh_listing_end(&listing, ms, &err));
    }
    OK(sh_listing_moves(store, "acme", 3000, note_move, moved, &err));
    ck_assert_str_eq(moved, "");
    OK(sh_listing_moves(store, "acme", 2000, note_move, moved, &err));
    ck_assert_str_eq(moved, "PLAT/api > PLAT/interface");
}
END_TEST

/* From here on no row of it can be changed. */
static void freeze_repositories(void)
{
    OK(store->engine->script(store,
                             sh_store_is_shared(path)
                                 ? "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql"
                                   " AS 'BEGIN RAISE ''written''; END';"
                                   "CREATE TRIGGER quiet BEFORE UPDATE ON repository"
                                   " FOR EACH ROW EXECUTE FUNCTION refuse()"
                                 : "CREATE TRIGGER quiet BEFORE UPDATE ON repository"
                                   " BEGIN SELECT RAISE(ABORT, 'written'); END",
                             &err));
}

/* All that a listing can tell of a repository. */
static struct sp_repository full(void)
{
    return (struct sp_repository){.size = sizeof(struct sp_repository),
                                  .id = 7,
                                  .organization_id = 1,
                                  .origin_id = 3,
                                  .path = "PLAT/api",
                                  .slug = "api",
                                  .name = "Api",
                                  .description = "All of it",
                                  .default_branch = "main",
                                  .state = "AVAILABLE",
                                  .web_url = "https://git/api",
                                  .visibility = SP_PRIVATE};
}

/* A listing of that alone. */
static void list_at(const struct sp_repository *record, int64_t ms)
{
    OK(sh_listing_begin(store, &err));
    list_organization();
    OK(sh_listing_repository(store, "acme", record, &err));
    OK(sh_listing_end(&listing, ms, &err));
}

START_TEST(a_listing_that_brings_nothing_new_writes_only_its_time)
{
    struct sp_repository told = full();

    for (int i = 0; i < 2; i++) {
        OK(sh_listing_begin(store, &err));
        list_organization();
        list_repository(8, "PLAT/web"); /* of which much is not told */
        OK(sh_listing_repository(store, "acme", &told, &err));
        OK(sh_listing_end(&listing, 1000 + i, &err));
        if (i == 0)
            freeze_repositories();
        told.default_branch = NULL; /* the stored one stays */
    }
    ck_assert_int_eq(NUMBER("listed_at FROM connection"), 1001);
}
END_TEST

static const char *or_null(const char *text)
{
    return text ? text : "-";
}

/* The row is what was told, with that default branch. */
static void assert_stored(const struct sp_repository *told, const char *branch,
                          const char *what)
{
    const char *stored;
    char wanted[500];

    snprintf(wanted, sizeof wanted, "%s %s %s %s %s %s %s %d %d %d %d %d %d", told->path,
             or_null(told->slug), or_null(told->name), or_null(told->description), branch,
             or_null(told->state), or_null(told->web_url), (int)told->organization_id,
             (int)told->origin_id,
             told->visibility == SP_VISIBILITY_UNKNOWN ? -1 : told->visibility == SP_PUBLIC,
             (told->flags & SP_REPOSITORY_ARCHIVED) != 0,
             (told->flags & SP_REPOSITORY_FORK) != 0,
             (told->flags & SP_REPOSITORY_OFFLINE) != 0);
    stored = TEXT("path || ' ' || coalesce(slug, '-') || ' ' || coalesce(name, '-') || ' ' ||"
                  " coalesce(description, '-') || ' ' || coalesce(default_branch, '-') || ' '"
                  " || coalesce(state, '-') || ' ' || coalesce(web_url, '-') || ' ' ||"
                  " organization_id || ' ' || coalesce(origin_id, 0) || ' ' ||"
                  " coalesce(public, -1) || ' ' || archived || ' ' || fork || ' ' || offline"
                  " FROM repository WHERE id = 7 AND listed = 1");
    ck_assert_msg(strcmp(stored, wanted) == 0, "%s: \"%s\" is not \"%s\"", what, stored,
                  wanted);
}

static const struct {
    const char *name;
    size_t at;
    bool can_be_null;
} texts[] = {
    {"path", offsetof(struct sp_repository, path), false},
    {"slug", offsetof(struct sp_repository, slug), true},
    {"name", offsetof(struct sp_repository, name), true},
    {"description", offsetof(struct sp_repository, description), true},
    {"state", offsetof(struct sp_repository, state), true},
    {"web_url", offsetof(struct sp_repository, web_url), true},
};

/* To another value, to NULL, and from NULL to a value. */
START_TEST(each_text_that_changes_is_written)
{
    struct sp_repository told = full();
    const char **text = (const char **)((char *)&told + texts[_i].at);

    list_at(&told, 1000);
    assert_stored(&told, "main", texts[_i].name);
    *text = "another";
    list_at(&told, 2000);
    assert_stored(&told, "main", texts[_i].name);
    if (!texts[_i].can_be_null)
        return;
    *text = NULL;
    list_at(&told, 3000);
    assert_stored(&told, "main", texts[_i].name);
    *text = "a third";
    list_at(&told, 4000);
    assert_stored(&told, "main", texts[_i].name);
}
END_TEST

START_TEST(each_number_that_changes_is_written)
{
    static const uint32_t visible[] = {SP_PUBLIC, SP_VISIBILITY_UNKNOWN, SP_PRIVATE};
    static const uint32_t flags[] = {SP_REPOSITORY_ARCHIVED, SP_REPOSITORY_FORK,
                                     SP_REPOSITORY_OFFLINE, 0};
    static const int64_t origins[] = {4, 0, 5};
    struct sp_repository told = full();

    list_at(&told, 1000);
    assert_stored(&told, "main", "all");
    for (size_t i = 0; i < sizeof visible / sizeof *visible; i++) {
        told.visibility = visible[i];
        list_at(&told, 2000);
        assert_stored(&told, "main", "public");
    }
    for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
        told.origin_id = origins[i];
        list_at(&told, 3000);
        assert_stored(&told, "main", "origin_id");
    }
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        told.flags ^= flags[i]; /* one more, and none less */
        list_at(&told, 4000);
        assert_stored(&told, "main", "a flag");
        told.flags ^= flags[i];
        list_at(&told, 5000);
        assert_stored(&told, "main", "no flag");
    }
    told.organization_id = 2;
    list_at(&told, 6000);
    assert_stored(&told, "main", "organization_id");
}
END_TEST

START_TEST(a_default_branch_stays_until_another_is_told)
{
    struct sp_repository told = full();

    told.default_branch = NULL;
    list_at(&told, 1000);
    assert_stored(&told, "-", "none");
    told.default_branch = "main";
    list_at(&told, 2000);
    assert_stored(&told, "main", "first");
    told.default_branch = NULL;
    told.name = "Another";
    list_at(&told, 3000);
    assert_stored(&told, "main", "kept");
    told.default_branch = "trunk";
    list_at(&told, 4000);
    assert_stored(&told, "trunk", "another");
}
END_TEST

START_TEST(a_state_is_dated_by_its_own_changes)
{
    struct sp_repository told = full();

    list_at(&told, 1000);
    told.state = "INITIALISING";
    list_at(&told, 2000);
    told.name = "Another";
    list_at(&told, 3000);
    ck_assert_int_eq(NUMBER("state_since FROM repository"), 2000);
    told.state = NULL;
    list_at(&told, 4000);
    told.name = "A third";
    list_at(&told, 5000);
    ck_assert_int_eq(NUMBER("state_since FROM repository"), 4000);
}
END_TEST

START_TEST(what_is_listed_again_as_it_was_is_listed)
{
    for (int i = 0; i < 3; i++) {
        OK(sh_listing_begin(store, &err));
        list_organization();
        if (i != 1)
            list_repository(7, "PLAT/api");
        list_repository(8, "PLAT/web");
        OK(sh_listing_end(&listing, 1000 + i, &err));
        ck_assert_int_eq(NUMBER("count(*) FROM repository WHERE id = 7 AND listed = 1"
                                " AND unlisted_since IS NULL"),
                         i != 1);
    }
}
END_TEST

static uint64_t held(void)
{
    uint64_t n = 99;

    OK(sh_listing_held(store, "acme", &n, &err));
    return n;
}

/* While people work, the paging of a listing can give a row twice. */
START_TEST(what_is_listed_twice_counts_once)
{
    for (int i = 0; i < 2; i++) { /* as new, and as unchanged */
        OK(sh_listing_begin(store, &err));
        list_organization();
        list_organization();
        list_repository(7, "PLAT/api");
        list_repository(8, "PLAT/web");
        list_repository(7, "PLAT/api");
        OK(sh_listing_end(&listing, 1000, &err));
        ck_assert_int_eq(NUMBER("count(*) FROM repository WHERE listed = 1"), 2);
        ck_assert_uint_eq(held(), 2);
    }
}
END_TEST

/* The same ids and rows, in two connections. */
START_TEST(only_what_the_connection_lists_is_held)
{
    struct sh_scope beta = {store, "beta", 0, 0, 0};
    struct sp_repository told = full(), other = {.size = sizeof other, .id = 9, .path = "P/q"};

    ck_assert_uint_eq(held(), 0);
    OK(sh_catalog_connection(store, "beta", "demo", NULL, &err));
    OK(sh_listing_begin(store, &err));
    OK(sh_listing_repository(store, "beta", &told, &err));
    OK(sh_listing_repository(store, "beta", &other, &err));
    OK(sh_listing_end(&beta, 1000, &err));
    ck_assert_uint_eq(held(), 0);
    OK(sh_listing_begin(store, &err));
    list_organization();
    OK(sh_listing_repository(store, "acme", &told, &err));
    list_repository(8, "PLAT/web");
    ck_assert_uint_eq(held(), 0);
    OK(sh_listing_end(&listing, 2000, &err));
    ck_assert_uint_eq(held(), 2);
    told.path = "PLAT/only";
    list_at(&told, 3000);
    ck_assert_uint_eq(held(), 1);
    ck_assert_int_eq(NUMBER("count(*) FROM repository WHERE connection = 'beta' AND listed = 1"
                            " AND path <> 'PLAT/only'"),
                     2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store_listings");
    TCase *tests = tcase_create("store_listings");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_listing_takes_effect_at_its_end);
    tcase_add_test(tests, what_is_not_listed_any_more_is_kept);
    tcase_add_test(tests, only_what_goes_now_and_is_the_connections_own_is_dated);
    tcase_add_test(tests, a_listing_that_did_not_end_is_forgotten);
    tcase_add_test(tests, a_repository_that_moved_is_told_once_and_its_old_path_kept);
    tcase_add_test(tests, a_listing_that_brings_nothing_new_writes_only_its_time);
    tcase_add_loop_test(tests, each_text_that_changes_is_written, 0,
                        sizeof texts / sizeof *texts);
    tcase_add_test(tests, each_number_that_changes_is_written);
    tcase_add_test(tests, a_default_branch_stays_until_another_is_told);
    tcase_add_test(tests, a_state_is_dated_by_its_own_changes);
    tcase_add_test(tests, what_is_listed_again_as_it_was_is_listed);
    tcase_add_test(tests, what_is_listed_twice_counts_once);
    tcase_add_test(tests, only_what_the_connection_lists_is_held);
    return run_all(suite);
}
