/* api_status.c - how it goes as a whole: workers, queue, connections, and what is wrong */
#include "web/api.h"

#include "output.h"
#include "report.h"
#include "web/answer.h"
#include "web/problems.h"

static int on_worker(void *ctx, const struct sh_worker_job *job)
{
    return sh_json_append(ctx, sh_report_worker(job));
}

static int on_state(void *ctx, const char *state, int64_t n)
{
    sh_json_int(ctx, state, n);
    return 0;
}

int sh_status_json(struct sh_web *web, struct json_object **ret, struct sp_error *err)
{
    struct json_object *workers = json_object_new_array(), *jobs = json_object_new_object();
    struct json_object *connections = NULL, *problems = NULL, *object;
    struct sh_host *host = &web->host;
    int rc = SP_OK;

    if (sh_store_is_shared(host->options.store))
        rc = sh_workers_list(host->store, on_worker, workers, err);
    if (!rc)
        rc = sh_jobs_count(host->store, on_state, jobs, err);
    if (!rc)
        rc = sh_connections_json(web, &connections, err);
    if (!rc)
        rc = sh_problems_json(host, &problems, err);
    if (rc) {
        json_object_put(workers);
        json_object_put(jobs);
        json_object_put(connections);
        return rc;
    }
    object = json_object_new_object();
    sh_json_put(object, "workers", workers);
    sh_json_put(object, "connections", connections);
    sh_json_put(object, "jobs", jobs);
    sh_json_put(object, "problems", problems);
    *ret = object;
    return SP_OK;
}

void sh_api_status(struct sh_request *request)
{
    struct json_object *object;
    struct sp_error err;

    if (sh_status_json(request->web, &object, &err))
        sh_answer_error(request, &err);
    else
        sh_answer(request, object);
}
