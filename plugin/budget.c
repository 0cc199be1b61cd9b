/* budget.c - see budget.h */
#include "budget.h"

#include "document.h"
#include "version.h"

struct bb_budget bb_budget_read(struct json_object *root)
{
    struct json_object *enabled, *settings, *capacity, *rate;
    struct bb_budget budget = {
        .is_limited = json_object_object_get_ex(root, "enabled", &enabled) &&
                      json_object_get_boolean(enabled),
    };

    budget.is_told = budget.is_limited &&
                     json_object_object_get_ex(root, "defaultSettings", &settings) &&
                     json_object_object_get_ex(settings, "capacity", &capacity) &&
                     json_object_object_get_ex(settings, "fillRate", &rate);
    if (budget.is_told) {
        budget.capacity = json_object_get_int64(capacity);
        budget.fill_rate = json_object_get_int64(rate);
    }
    return budget;
}

void bb_budget_note(struct sp_instance *instance, const struct bb_budget *budget)
{
    bb_gate_tell(&instance->gate, budget->capacity, budget->fill_rate,
                 bb_instance_now_ms(instance));
}

/* It will not say anything else tomorrow, where today it does not answer at all. */
static bool is_final(int rc)
{
    return rc == SP_OK || rc == SP_ERR_NOT_FOUND || rc == SP_ERR_FORBIDDEN ||
           rc == SP_ERR_LOGIN || rc == SP_ERR_PROTOCOL;
}

int bb_budget_ask(struct bb_call *call, struct sp_error *err)
{
    struct sp_instance *instance = bb_call_instance(call);
    struct bb_budget budget = {0};
    struct bb_document document;
    struct sp_error why = {.size = sizeof why};
    int rc;

    if (!bb_gate_wonders(&instance->gate, bb_instance_now_ms(instance)))
        return SP_OK;
    bb_document_init(&document);
    rc = bb_document_get(call, &document,
                         bb_base_make(&instance->base, bb_fact(BB_RATE_LIMITS)->name),
                         BB_ONCE | BB_ASIDE, &why);
    if (!rc)
        budget = bb_budget_read(document.root);
    if (is_final(rc))
        bb_budget_note(instance, &budget);
    bb_document_clear(&document);
    if (rc != SP_ERR_CANCELLED)
        return SP_OK;
    why.size = err->size;
    *err = why;
    return rc;
}
