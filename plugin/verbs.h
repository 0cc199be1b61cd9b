/* verbs.h - the callbacks of struct source_provider, one file each
 *
 * Each makes a call (transport.h), does its work by resources and pages, and ends the call.
 */
#ifndef BB_VERBS_H
#define BB_VERBS_H

#include "source_provider.h"

int bb_enumerate(struct sp_instance *, const struct sp_sink *, struct sp_error *);
int bb_import(struct sp_instance *, const struct sp_import *, const struct sp_sink *,
              struct sp_error *);
int bb_health(struct sp_instance *, const struct sp_sink *, struct sp_error *);

#endif
