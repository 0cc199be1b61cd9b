/* document.c - see document.h */
#include "document.h"

#include "error.h"

enum { DOCUMENT_MAX = 1024 * 1024 };

static void on_begin(void *ctx)
{
    struct bb_document *document = ctx;

    bb_buffer_cut(&document->text, 0);
}

static int on_data(void *ctx, const char *data, size_t length, struct sp_error *err)
{
    struct bb_document *document = ctx;

    if (bb_buffer_add(&document->text, data, length))
        return bb_fail(err, SP_ERR_PROTOCOL, "the answer is larger than %d KiB",
                       DOCUMENT_MAX / 1024);
    return SP_OK;
}

static int on_end(void *ctx, struct sp_error *err)
{
    struct bb_document *document = ctx;
    enum json_tokener_error why = json_tokener_success;

    json_object_put(document->root);
    document->root =
        json_tokener_parse_verbose(document->text.data ? document->text.data : "", &why);
    if (!document->root)
        return bb_fail(err, SP_ERR_PROTOCOL, "the answer is no whole JSON text (%s)",
                       json_tokener_error_desc(why));
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
