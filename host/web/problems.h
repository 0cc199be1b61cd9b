/* problems.h - what stands on top of every page: what somebody should do something about */
#ifndef SH_PROBLEMS_H
#define SH_PROBLEMS_H

#include "host.h"

#include <json-c/json.h>

/* An array of {"connection", "severity", "title", "text", "remedy", "since", "until",
 * "can_resume"}; the worst first is up to who shows them. */
int sh_problems_json(struct sh_host *, struct json_object **ret, struct sp_error *);

#endif
