/* plugin_fixture.c - see plugin_fixture.h */
#include "plugin_fixture.h"

#include "request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int run_all(Suite *suite)
{
    SRunner *runner = srunner_create(suite);

    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    srunner_free(runner);
    return 0; /* the TAP tells what failed */
}

struct sp_error no_error(void)
{
    return (struct sp_error){.size = sizeof(struct sp_error)};
}

void assert_error(const struct sp_error *err, int code, const char *setting, const char *part)
{
    if (!strstr(err->message, part))
        ck_abort_msg("\"%s\" is not in \"%s\"", part, err->message);
    ck_assert_int_eq(err->code, code);
    ck_assert_str_eq(err->setting, setting);
    ck_assert_ptr_null(strchr(err->message, '\n'));
    ck_assert_uint_eq(err->size, sizeof *err);
}

char *text_of(const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    ck_assert_int_ge(vasprintf(&text, format, args), 0);
    va_end(args);
    return text;
}

char *quoted(const char *json)
{
    char *text = strdup(json);

    ck_assert_ptr_nonnull(text);
    for (char *c = text; *c; c++)
        if (*c == '\'')
            *c = '"';
    return text;
}

struct sp_instance *new_instance(void)
{
    static const struct sp_pair pairs[] = {
        {"base_url", "https://git.example.com/bitbucket"},
        {"username", "robot"},
        {"password", "pa55-w0rd"},
    };
    struct sp_instance *instance = NULL;
    struct sp_error err = no_error();

    ck_assert_int_eq(bb_configure(NULL, pairs, COUNT(pairs), &instance, &err), 0);
    return instance;
}

void reading_open(struct reading *reading, const char *json)
{
    struct json_tokener *tokener = json_tokener_new_ex(2000);
    char *text = quoted(json);

    memset(reading, 0, sizeof *reading);
    reading->err = no_error();
    reading->doc = (struct bb_doc){"/rest/x", "values", 4, &reading->err, 0};
    reading->root = json_tokener_parse_ex(tokener, text, (int)strlen(text) + 1);
    if (json_tokener_get_error(tokener) != json_tokener_success)
        ck_abort_msg("the test's own JSON is wrong: %s", text);
    json_tokener_free(tokener);
    free(text);
    reading->node = bb_json_root(&reading->doc, reading->root);
}

static void reading_free(struct reading *reading)
{
    bb_arena_clear(&reading->arena);
    json_object_put(reading->root);
}

void reading_close(struct reading *reading)
{
    ck_assert_str_eq(reading->err.message, "");
    ck_assert_int_eq(reading->doc.rc, 0);
    reading_free(reading);
}

void reading_close_wrong(struct reading *reading, const char *part)
{
    ck_assert_int_eq(reading->doc.rc, SP_ERR_PROTOCOL);
    assert_error(&reading->err, SP_ERR_PROTOCOL, "", part);
    reading_free(reading);
}

/* Who still has elements to read goes on. */
static int give_up(void *ctx)
{
    const struct bb_page *page = ((struct hand_fed *)ctx)->listing.page;

    return !page || page->index == page->envelope.n_elements;
}

void hand_fed_open(struct hand_fed *fed, const struct bb_listing_kind *kind)
{
    struct sp_error err = no_error();

    fed->sink = (struct sp_sink){.size = sizeof fed->sink, .ctx = fed, .cancelled = give_up};
    fed->instance = new_instance();
    fed->instance->gate.in_flight = 1; /* so that no other gets in */
    ck_assert_int_eq(bb_call_open(fed->instance, &fed->sink, &fed->call, &err), 0);
    bb_listing_init(&fed->listing, fed->call, kind,
                    bb_base_make(&fed->instance->base, "/rest/%s", "x"));
    ck_assert_int_eq(bb_listing_start(&fed->listing, &err), 0);
}

void hand_fed_close(struct hand_fed *fed)
{
    bb_listing_clear(&fed->listing);
    bb_call_close(fed->call);
    bb_close(fed->instance);
}

void hand_fed_arrive(struct hand_fed *fed, const char *text, size_t length, size_t piece)
{
    const struct bb_body *body = &fed->listing.ahead[0]->body;
    struct sp_error err = no_error();

    body->begin(body->ctx);
    for (size_t at = 0; at < length; at += piece)
        if (body->data(body->ctx, text + at, piece < length - at ? piece : length - at, &err))
            ck_abort_msg("%s", err.message);
    if (body->end(body->ctx, &err))
        ck_abort_msg("%s", err.message);
    fed->listing.ahead[0]->request->state = BB_DONE;
}

void hand_fed_says(struct hand_fed *fed, const char *json)
{
    char *text = quoted(json);

    hand_fed_arrive(fed, text, strlen(text), 5);
    free(text);
}

void assert_next(struct hand_fed *fed, const char *expected)
{
    struct json_object *element = NULL;
    struct sp_error err = no_error();
    char *text = quoted(expected);

    ck_assert_int_eq(bb_listing_next(&fed->listing, &element, &err), 1);
    ck_assert_str_eq(json_object_to_json_string_ext(element, JSON_C_TO_STRING_PLAIN), text);
    json_object_put(element);
    free(text);
}

void assert_end(struct hand_fed *fed)
{
    struct json_object *element = NULL;
    struct sp_error err = no_error();

    ck_assert_int_eq(bb_listing_next(&fed->listing, &element, &err), 0);
    ck_assert_int_eq(bb_listing_next(&fed->listing, &element, &err), 0);
    ck_assert_ptr_null(element);
    ck_assert_int_eq(fed->listing.n_ahead, 0);
}

void assert_goes(struct bb_gate *gate, int64_t now_ms)
{
    struct sp_error err = no_error();
    int64_t wait_ms = NOT_TOLD;
    int seat;

    ck_assert_int_eq(bb_gate_enter(gate, true, now_ms, &wait_ms, &seat, &err), 1);
    ck_assert_int_eq(wait_ms, NOT_TOLD);
    ck_assert_int_eq(err.code, 0);
}

int64_t assert_waits(struct bb_gate *gate, int64_t now_ms)
{
    struct sp_error err = no_error();
    int64_t wait_ms = NOT_TOLD;
    int seat;

    ck_assert_int_eq(bb_gate_enter(gate, true, now_ms, &wait_ms, &seat, &err), 0);
    ck_assert_int_gt(wait_ms, 0);
    ck_assert_int_eq(err.code, 0);
    return wait_ms;
}
