/* document.c - see document.h */
#include "document.h"

#include "cleanup.h"
#include "error.h"
#include "utf8.h"

#include <string.h>

enum { DOCUMENT_MAX = 1024 * 1024 };

static void on_begin(void *ctx)
{
    struct bb_document *document = ctx;

    bb_buffer_cut(&document->text, 0);
}

static int on_data(void *ctx, const char *data, size_t length, struct sp_error *err)
{
    struct bb_document *document = ctx;
    int rc = bb_buffer_add(&document->text, data, length);

    if (rc == SP_ERR_NOMEM)
        return bb_fail_memory(err);
    if (rc)
        return bb_fail(err, SP_ERR_PROTOCOL, "the answer is larger than %d KiB",
                       DOCUMENT_MAX / 1024);
    return SP_OK;
}

/* C strings end at a NUL, which JSON has none of. */
static bool is_followed(const struct bb_document *document, const char *rest)
{
    return rest[strspn(rest, " \t\r\n")] ||
           memchr(document->text.data, '\0', document->text.length);
}

static int on_end(void *ctx, struct sp_error *err)
{
    struct bb_document *document = ctx;
    BB_AUTOFREE char *text = bb_utf8_mended(document->text.data, document->text.length);
    struct json_tokener *tokener = json_tokener_new();
    enum json_tokener_error why;
    size_t end;

    json_object_put(document->root);
    document->root = NULL;
    if (!text || !tokener) {
        if (tokener)
            json_tokener_free(tokener);
        return bb_fail_memory(err);
    }
    document->root = json_tokener_parse_ex(tokener, text, (int)strlen(text) + 1);
    why = json_tokener_get_error(tokener);
    end = json_tokener_get_parse_end(tokener);
    json_tokener_free(tokener);
    if (why)
        return bb_fail(err, SP_ERR_PROTOCOL, "the answer is no whole JSON text (%s)",
                       json_tokener_error_desc(why));
    if (!json_object_is_type(document->root, json_type_object))
        return bb_fail(err, SP_ERR_PROTOCOL, "the answer is no JSON object");
    if (is_followed(document, text + end))
        return bb_fail(err, SP_ERR_PROTOCOL, "something follows the end of the answer");
    return SP_OK;
}

void bb_document_init(struct bb_document *document)
{
    *document = (struct bb_document){
        .body = {.begin = on_begin, .data = on_data, .end = on_end},
    };
    bb_buffer_init(&document->text, DOCUMENT_MAX);
}

void bb_document_clear(struct bb_document *document)
{
    bb_request_free(document->request);
    json_object_put(document->root);
    bb_buffer_clear(&document->text);
    bb_document_init(document);
}

int bb_document_get(struct bb_call *call, struct bb_document *document, char *url,
                    unsigned flags, struct sp_error *err)
{
    int rc;

    document->body.ctx = document;
    rc = bb_request_start(call, url, &document->body, flags, &document->request, err);
    return rc ? rc : bb_request_wait(document->request, err);
}
