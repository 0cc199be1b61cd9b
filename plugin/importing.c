/* importing.c - see importing.h */
#include "importing.h"

#include "document.h"
#include "error.h"
#include "login.h"

void bb_importing_tell_progress(const struct bb_importing *importing)
{
    const struct sp_sink *sink = importing->sink;

    if (sink->progress)
        sink->progress(sink->ctx, &importing->progress);
}

int bb_importing_check_id(const struct bb_importing *importing, int64_t id)
{
    if (!id || id == importing->repository_id)
        return SP_OK;
    return bb_fail(
        importing->err, SP_ERR_NOT_FOUND,
        "%s/%s is now another repository (id %lld instead of %lld): the one that was "
        "imported was moved or deleted",
        importing->repository.key, importing->repository.slug, (long long)id,
        (long long)importing->repository_id);
}

int bb_importing_ask_for_id(const struct bb_importing *importing)
{
    struct sp_instance *instance = bb_call_instance(importing->call);
    struct bb_document document;
    struct bb_doc doc = {.url_path = "repository", .root = "", .err = importing->err};
    struct bb_node node;
    int64_t id;
    int rc;

    bb_document_init(&document);
    rc = bb_document_get(importing->call, &document,
                         bb_repository_url(&instance->base, &importing->repository), 0,
                         importing->err);
    if (!rc) {
        node = bb_json_root(&doc, document.root);
        id = bb_json_int(&node, "id", 0);
        if (!id)
            bb_json_wrong(&node, "id", "is missing");
        rc = doc.rc ? doc.rc : bb_importing_check_id(importing, id);
    }
    bb_document_clear(&document);
    return rc;
}

/* 1: the host holds it, 0: it does not, negative: the host's error. */
static int is_held(const struct bb_importing *importing, int64_t number)
{
    const struct sp_sink *sink = importing->sink;
    int64_t found = 0;
    int rc;

    if (!sink->held_pull_request)
        return 1;
    rc = sink->held_pull_request(sink->ctx, number - 1, INT64_MIN, &found);
    return rc > 0 ? found == number : rc;
}

/* A proxy that breaks off one answer, or a server that dies of it, must not keep all others
 * back. */
int bb_importing_leave_out(struct bb_importing *importing, int64_t number, int rc)
{
    struct sp_error *err = importing->err, why = *err;
    int asked = SP_OK;

    if (rc == SP_ERR_NETWORK && err->code == rc) {
        asked = bb_login_ask(importing->call, err);
        if (!asked || asked == SP_ERR_NETWORK)
            *err = why;
    }
    return asked ? asked
                 : bb_faults_note(&importing->faults, bb_call_instance(importing->call), number,
                                  rc, err);
}

/* The path may have become another repository's since the last answer that told whose it is;
 * that one has other pull requests, and says nothing of ours. */
int bb_importing_tell_gone(struct bb_importing *importing, int64_t number)
{
    const struct sp_sink *sink = importing->sink;
    int rc = is_held(importing, number);

    *importing->err = (struct sp_error){.size = importing->err->size};
    if (rc <= 0)
        return rc;
    rc = bb_importing_ask_for_id(importing);
    return rc || !sink->pull_request_gone ? rc : sink->pull_request_gone(sink->ctx, number);
}
