/* status_workers.c - the part of `status` that tells of the workers of a store that machines
 * share: where each is, and what it is at */
#include "command.h"
#include "output.h"
#include "report.h"

#include <inttypes.h>

enum { INDENT = 4 };

struct printing {
    bool json;
    int64_t worker; /* told last */
};

static int on_worker(void *ctx, const struct sh_worker_job *job)
{
    struct printing *printing = ctx;

    if (printing->json) {
        sh_print_json(sh_report_worker(job));
        return 0;
    }
    if (job->id != printing->worker)
        sh_print("%s, process %" PRId64 ": %s since %s", job->machine, job->process,
                 job->command, sh_time_text(job->since_ms));
    printing->worker = job->id;
    if (job->connection)
        sh_print("%*s%s %s %s", INDENT, "", job->connection, job->path ? job->path : "",
                 job->state);
    return 0;
}

int sh_status_workers(struct sh_host *host, struct sp_error *err)
{
    struct printing printing = {.json = host->options.json};

    return sh_store_is_shared(host->options.store)
               ? sh_workers_list(host->store, on_worker, &printing, err)
               : SP_OK;
}
