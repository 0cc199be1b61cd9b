/* budget.c - see budget.h */
#include "budget.h"

#include "cleanup.h"
#include "document.h"
#include "name.h"
#include "version.h"

static void read_settings(struct bb_budget *budget, struct json_object *root, const char *name)
{
    struct json_object *settings, *capacity, *rate;

    if (!json_object_object_get_ex(root, name, &settings) ||
        !json_object_object_get_ex(settings, "capacity", &capacity) ||
        !json_object_object_get_ex(settings, "fillRate", &rate))
        return;
    budget->is_told = true;
    budget->capacity = json_object_get_int64(capacity);
    budget->fill_rate = json_object_get_int64(rate);
}

static bool is_true(struct json_object *root, const char *name)
{
    struct json_object *value;

    return json_object_object_get_ex(root, name, &value) && json_object_get_boolean(value);
}

struct bb_budget bb_budget_read(struct json_object *root)
{
    struct bb_budget budget = {.is_limited = is_true(root, "enabled")};

    if (budget.is_limited)
        read_settings(&budget, root, "defaultSettings");
    return budget;
}

/* {"whitelisted":true}, or {"settings":{"capacity":600,"fillRate":50}}: of oneself everybody
 * may ask (documented); 404 where there is none. */
static void read_exception(struct bb_budget *budget, struct json_object *root)
{
    struct bb_budget own = {.is_limited = !is_true(root, "whitelisted"), .is_own = true};

    read_settings(&own, root, "settings");
    if (!own.is_limited || own.is_told)
        *budget = own;
}

static int get(struct bb_document *document, struct bb_call *call, char *url,
               struct sp_error *err)
{
    bb_document_init(document);
    return bb_document_get(call, document, url, BB_ONCE | BB_ASIDE, err);
}

/* The slug of most users is their name in lower case. */
void bb_budget_refine(struct bb_budget *budget, struct bb_call *call)
{
    struct sp_instance *instance = bb_call_instance(call);
    struct sp_error ignored = {.size = sizeof ignored};
    struct bb_document document;
    BB_AUTOFREE char *slug = NULL;
    char user[256];

    bb_gate_user(&instance->gate, user, sizeof user);
    slug = budget->is_limited && *user ? bb_name_fold(user) : NULL;
    if (!slug)
        return;
    if (!get(&document, call,
             bb_base_make(&instance->base, "/rest/api/1.0/admin/rate-limit/settings/users/%s",
                          slug),
             &ignored))
        read_exception(budget, document.root);
    bb_document_clear(&document);
}

void bb_budget_note(struct sp_instance *instance, const struct bb_budget *budget)
{
    bb_gate_tell(&instance->gate, budget->capacity, budget->fill_rate,
                 bb_instance_now_ms(instance));
}

/* It will not say anything else tomorrow, where today it does not answer at all. */
static bool is_final(int rc)
{
    return rc == SP_ERR_NOT_FOUND || rc == SP_ERR_FORBIDDEN || rc == SP_ERR_LOGIN ||
           rc == SP_ERR_PROTOCOL;
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
    rc = get(&document, call, bb_base_make(&instance->base, bb_fact(BB_RATE_LIMITS)->name),
             &why);
    if (!rc) {
        budget = bb_budget_read(document.root);
        bb_budget_refine(&budget, call);
    }
    if (!rc)
        bb_budget_note(instance, &budget);
    else if (is_final(rc))
        bb_gate_keep(&instance->gate, bb_instance_now_ms(instance));
    bb_document_clear(&document);
    if (rc != SP_ERR_CANCELLED)
        return SP_OK;
    why.size = err->size;
    *err = why;
    return rc;
}
