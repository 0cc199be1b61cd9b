/* rows.h - organizations and repositories as the page gets them, in lists and in events */
#ifndef SH_ROWS_H
#define SH_ROWS_H

#include "report.h"

struct json_object *sh_row_of_organization(const struct sp_connection_file *,
                                           const struct sh_organization_row *);
struct json_object *sh_row_of_repository(const struct sp_connection_file *,
                                         const struct sh_repository_row *);

#endif
