/* auto_import.h - switches auto-import of an organization: by command, or in the page */
#ifndef SH_AUTO_IMPORT_H
#define SH_AUTO_IMPORT_H

#include "connections.h"
#include "ingest/decision.h"

#include <json-c/json.h>

struct sh_auto_import {
    char key[256]; /* as the server writes it; "*": all that the connection sees */
    bool is_on;
    char place[SH_PLACE_MAX]; /* the file's line that fixes it; "": nothing does */
};

/* Switches it as the last listing has the organization.  SP_ERR_NOT_FOUND: that has none of
 * this key.  SP_ERR_INVALID: the file fixes it otherwise. */
int sh_auto_import(struct sh_host *, const struct sh_connection *, const char *key, bool is_on,
                   struct sh_auto_import *ret, struct sp_error *);

/* The same for programs. */
struct json_object *sh_auto_import_json(const char *connection, const struct sh_auto_import *);

#endif
