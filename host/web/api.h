/* api.h - the page's operations: those of the commands, with the same code below them
 *
 * Each answers its request; what they take and give is JSON, and described in routes.c.
 */
#ifndef SH_API_H
#define SH_API_H

#include "web/request.h"

/* api_session.c */
void sh_api_login(struct sh_request *);
void sh_api_logout(struct sh_request *);
void sh_api_session(struct sh_request *);

/* api_connections.c */
void sh_api_providers(struct sh_request *);
void sh_api_connections(struct sh_request *);
void sh_api_resume(struct sh_request *);

/* Rows of connections as the page gets them, put back by the caller. */
int sh_connections_json(struct sh_web *, struct json_object **ret, struct sp_error *);

/* api_form.c */
void sh_api_validate(struct sh_request *);
void sh_api_test(struct sh_request *);
void sh_api_connect(struct sh_request *);
void sh_api_change(struct sh_request *);

/* api_repository.c */
void sh_api_repository(struct sh_request *);

/* api_status.c */
void sh_api_status(struct sh_request *);
int sh_status_json(struct sh_web *, struct json_object **ret, struct sp_error *);

/* metrics.c */
void sh_api_metrics(struct sh_request *);
void sh_api_healthz(struct sh_request *);

/* events.c */
void sh_api_events(struct sh_request *);

/* api_repositories.c */
void sh_api_repositories(struct sh_request *);
void sh_api_import(struct sh_request *);
void sh_api_auto_import(struct sh_request *);

#endif
