/* check_store_listings.c - the store: what a listing brings into the catalog */
#include "store_fixture.h"

#include "store/catalog.h"
#include "store/choice.h"
#include "store/listing.h"

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

START_TEST(a_listing_that_brings_nothing_new_writes_only_its_time)
{
    OK(sh_catalog_connection(store, "acme", "p", NULL, &err));
    for (int i = 0; i < 2; i++) {
        OK(sh_listing_begin(store, &err));
        list_organization();
        list_repository(7, "PLAT/api");
        OK(sh_listing_end(&listing, 1000, &err));
        if (i == 0)
            freeze_repositories();
    }
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
    tcase_add_test(tests, a_listing_that_did_not_end_is_forgotten);
    tcase_add_test(tests, a_repository_that_moved_is_told_once_and_its_old_path_kept);
    tcase_add_test(tests, a_listing_that_brings_nothing_new_writes_only_its_time);
    return run_all(suite);
}
