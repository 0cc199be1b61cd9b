/* tasks.h - tests of connections: what would hold up the page, in threads of their own
 *
 * A task has a connection of its own, opened before it starts; the page hears of each check as
 * it is made, and of the end.
 */
#ifndef SH_TASKS_H
#define SH_TASKS_H

#include "connections.h"

#include <json-c/json.h>

enum { SH_TASKS_MAX = 4 };

struct sh_tasks;
struct sh_task;

/* `wake`: an eventfd that is written to when there is something to take. */
struct sh_tasks *sh_tasks_new(int wake);
/* Ends what is under way, and waits for it. */
void sh_tasks_free(struct sh_tasks *);

/* NULL: as many as may be are under way.  To be started, or dropped. */
struct sh_task *sh_task_new(struct sh_tasks *, const struct sh_host *);
/* What the task's connection is opened with, and where it is to be. */
struct sh_host *sh_task_host(struct sh_task *);
struct sh_connection *sh_task_connection(struct sh_task *);
void sh_task_drop(struct sh_task *);

/* Starts it; `is_kept`: its report is about the connection as it is saved, and goes into the
 * store.  The value is the task's number; < 0: an error, and the task is dropped. */
int64_t sh_task_start(struct sh_task *, bool is_kept, struct sp_error *);

/* Takes what tasks have told: event is a literal, the caller puts back data.  False: there is
 * nothing. */
bool sh_tasks_take(struct sh_tasks *, const char **event, struct json_object **data);

/* Whether one is under way for a connection of that name. */
bool sh_tasks_are_at(const struct sh_tasks *, const char *connection);

#endif
