/* budget.h - how many requests the server grants each account, as it tells itself
 *
 * It answers 429 to who asks for more, so it is better to know.  But that takes a request,
 * which a listing or the sync of what is unchanged is not worth: it is asked for once a day, by
 * who has made some.  A server that does not tell is not asked again as long.
 */
#ifndef BB_BUDGET_H
#define BB_BUDGET_H

#include "transport.h"

#include <json-c/json.h>

struct bb_budget {
    bool is_limited, is_told;
    bool is_own;       /* an administrator made an exception for the account */
    int64_t capacity;  /* requests at once ... */
    int64_t fill_rate; /* ... then so many a second */
};
/* {"enabled":true,"defaultSettings":{"capacity":60,"fillRate":5}}, for anybody who is logged
 * in (documented). */
struct bb_budget bb_budget_read(struct json_object *root);

/* Where it is limited, asks for an exception.  Who gets no answer has none. */
void bb_budget_refine(struct bb_budget *, struct bb_call *);

/* From now on all requests keep to it. */
void bb_budget_note(struct sp_instance *, const struct bb_budget *);

/* Asks where that is worth it.  Negative: the call is over, as it was cancelled. */
int bb_budget_ask(struct bb_call *, struct sp_error *err);

#endif
