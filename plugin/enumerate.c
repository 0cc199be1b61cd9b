/* enumerate.c - every organization and repository that the account can see
 *
 * Two listings: all repositories, each of which brings its project along; and projects, for
 * those without repositories.  A personal project is only known from its repositories
 * (asking for one by name would create it: documented).
 */
#include "verbs.h"

#include "budget.h"
#include "cleanup.h"
#include "error.h"
#include "idset.h"
#include "login.h"
#include "record.h"
#include "resource.h"

struct enumeration {
    struct bb_call *call;
    const struct sp_sink *sink;
    struct sp_error *err;
    struct bb_idset organizations, repositories;
    uint64_t seen;
};

static const struct bb_settings *settings_of(const struct enumeration *enumeration)
{
    return &bb_call_instance(enumeration->call)->settings;
}

static bool is_wanted_organization(const struct enumeration *enumeration,
                                   const struct sp_organization *record)
{
    return settings_of(enumeration)->include_personal ||
           !(record->flags & SP_ORGANIZATION_PERSONAL);
}

/* 1: sent now or before, 0: not wanted. */
static int send_organization(struct enumeration *enumeration, const struct bb_node *project)
{
    const struct sp_sink *sink = enumeration->sink;
    struct sp_organization record;
    int rc;

    bb_record_organization(project, &record);
    if (project->doc->rc)
        return project->doc->rc;
    if (!is_wanted_organization(enumeration, &record))
        return 0;
    rc = bb_idset_add(&enumeration->organizations, record.id);
    if (rc < 0)
        return bb_fail_memory(enumeration->err);
    if (rc == 0 || !sink->organization)
        return 1;
    rc = sink->organization(sink->ctx, &record);
    return rc ? rc : 1;
}

/* 1: it is, 0: it is not, negative: the error. */
static int is_wanted(const struct enumeration *enumeration, const struct sp_repository *record)
{
    const struct bb_settings *settings = settings_of(enumeration);
    int is_excluded;

    if (!settings->include_archived && record->flags & SP_REPOSITORY_ARCHIVED)
        return 0;
    is_excluded = bb_settings_exclude(settings, record->path);
    return is_excluded < 0 ? bb_fail_memory(enumeration->err) : !is_excluded;
}

static int send_repository(struct enumeration *enumeration, const struct bb_node *node)
{
    const struct sp_sink *sink = enumeration->sink;
    struct bb_node project = bb_json_object(node, "project");
    BB_AUTOARENA struct bb_arena arena = {0};
    struct sp_repository record;
    int rc;

    if (!project.value)
        bb_json_wrong(node, "project", "is missing");
    bb_record_repository(node, &bb_call_instance(enumeration->call)->base, &arena, &record);
    if (node->doc->rc)
        return node->doc->rc;
    rc = send_organization(enumeration, &project);
    if (rc > 0)
        rc = is_wanted(enumeration, &record);
    if (rc <= 0)
        return rc;
    rc = bb_idset_add(&enumeration->repositories, record.id);
    if (rc < 0)
        return bb_fail_memory(enumeration->err);
    return rc && sink->repository ? sink->repository(sink->ctx, &record) : SP_OK;
}

static int on_project(void *ctx, const struct bb_node *node)
{
    int rc = send_organization(ctx, node);

    return rc < 0 ? rc : SP_OK;
}

static int on_repository(void *ctx, const struct bb_node *node)
{
    struct enumeration *enumeration = ctx;
    const struct sp_sink *sink = enumeration->sink;
    struct sp_progress progress = {.size = sizeof progress, .what = "repositories"};
    int rc = send_repository(enumeration, node);

    progress.done = ++enumeration->seen;
    if (rc || progress.done % 100 != 0)
        return rc;
    if (sink->progress)
        sink->progress(sink->ctx, &progress);
    return bb_budget_ask(enumeration->call, enumeration->err);
}

static int64_t held_repositories(const struct sp_sink *sink)
{
    uint64_t held =
        SP_HAS(struct sp_sink, sink, held_repositories) ? sink->held_repositories : 0;

    return held < INT64_MAX ? (int64_t)held : 0;
}

/* On a server whose pages are shorter than is asked for, or begin elsewhere as rows are hidden,
 * only the first listing of an instance asks for pages in vain. */
static int run(struct enumeration *enumeration)
{
    struct sp_instance *instance = bb_call_instance(enumeration->call);
    struct bb_listing projects, repositories;
    int rc;

    bb_list_repositories(&repositories, enumeration->call);
    repositories.expected = held_repositories(enumeration->sink);
    repositories.length = instance->repositories_a_page;
    bb_list_projects(&projects, enumeration->call);
    rc = bb_login_prove(enumeration->call, enumeration->err);
    if (!rc)
        rc = bb_listing_start(&repositories, enumeration->err);
    if (!rc)
        rc = bb_listing_start(&projects, enumeration->err);
    if (!rc)
        rc = bb_listing_each(&repositories, on_repository, enumeration, enumeration->err);
    if (!rc)
        rc = bb_listing_each(&projects, on_project, enumeration, enumeration->err);
    if (!rc)
        rc = bb_login_confirm(enumeration->call, enumeration->err);
    if (!rc)
        instance->repositories_a_page = repositories.length;
    bb_listing_clear(&projects);
    bb_listing_clear(&repositories);
    if (!rc && enumeration->sink->complete)
        rc = enumeration->sink->complete(enumeration->sink->ctx);
    return rc;
}

int bb_enumerate(struct sp_instance *instance, const struct sp_sink *sink, struct sp_error *err)
{
    struct enumeration enumeration = {.sink = sink, .err = err};
    int rc = bb_call_open(instance, sink, &enumeration.call, err);

    if (rc)
        return rc;
    rc = run(&enumeration);
    bb_idset_clear(&enumeration.organizations);
    bb_idset_clear(&enumeration.repositories);
    bb_call_close(enumeration.call);
    return rc;
}
