/* answer.h - answers, each with the headers that keep a browser from harm */
#ifndef SH_ANSWER_H
#define SH_ANSWER_H

#include "web/request.h"

/* 200 with this JSON, which is put back. */
void sh_answer(struct sh_request *, struct json_object *);
void sh_answer_status(struct sh_request *, unsigned status, struct json_object *);
/* 200 with a text that was made by malloc, and is freed; NULL: out of memory. */
void sh_answer_text(struct sh_request *, const char *type, char *text, size_t length);
/* Bytes that are there as long as the program is; may be kept by the browser. */
void sh_answer_static(struct sh_request *, const char *type, const char *bytes, size_t length);
/* 204 */
void sh_answer_nothing(struct sh_request *);
/* What was made with the headers already, as a stream. */
void sh_answer_response(struct sh_request *, unsigned status, struct MHD_Response *);
void sh_answer_headers(struct MHD_Response *, const char *type);

/* {"error": {...}} with one line that says what is wrong; `code` is a word for programs. */
void sh_answer_refuse(struct sh_request *, unsigned status, const char *code,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same of what a function says; the status follows from its code. */
void sh_answer_error(struct sh_request *, const struct sp_error *);
/* 503 to somebody who is not known yet, and hears no more than that. */
void sh_answer_away(struct sh_request *);
/* 429: not before so many milliseconds. */
void sh_answer_wait(struct sh_request *, int64_t ms);
struct json_object *sh_error_json(const char *code, const struct sp_error *);

#endif
