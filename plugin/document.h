/* document.h - one small JSON answer as a whole
 *
 * For answers that have no pages: the server's properties, one repository, one pull request.
 * They are read whole, up to a maximum.
 */
#ifndef BB_DOCUMENT_H
#define BB_DOCUMENT_H

#include "buffer.h"
#include "transport.h"

#include <json-c/json.h>

struct bb_document {
    struct bb_buffer text;
    struct bb_body body;
    struct bb_request *request; /* NULL until it was asked for */
    struct json_object *root;   /* NULL unless the answer was whole */
};

void bb_document_init(struct bb_document *);
void bb_document_clear(struct bb_document *);

/* Asks for one document and waits for it; takes over `url`. */
int bb_document_get(struct bb_call *, struct bb_document *, char *url, unsigned flags,
                    struct sp_error *err);

#endif
