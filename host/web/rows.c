/* rows.c - see rows.h */
#include "web/rows.h"

#include "status.h"

/* What a file's line fixes; null: nothing. */
static void add_fixed(struct json_object *object, const struct sp_connection_file *file,
                      const struct sp_entry *entry)
{
    char place[SH_PLACE_MAX];

    if (entry)
        sh_entry_place(file, entry, place, sizeof place);
    sh_json_text(object, "fixed", entry ? place : NULL);
}

struct json_object *sh_row_of_organization(const struct sp_connection_file *file,
                                           const struct sh_organization_row *row)
{
    struct sh_decision decision = sh_decide_auto_import(file, row);
    struct json_object *object = json_object_new_object();

    sh_json_text(object, "key", row->key);
    sh_json_text(object, "name", row->name);
    sh_json_bool(object, "personal", row->personal);
    sh_json_int(object, "repositories", row->repositories);
    sh_json_bool(object, "auto_import", decision.is_wanted);
    add_fixed(object, file, decision.entry);
    return object;
}

struct json_object *sh_row_of_repository(const struct sp_connection_file *file,
                                         const struct sh_repository_row *as_stored)
{
    struct sh_decision decision;
    const struct sh_repository_row row = sh_decided(file, as_stored, &decision);
    struct json_object *object = json_object_new_object();
    bool is_told = row.imported || decision.is_excluded;
    char text[128], place[SH_PLACE_MAX] = "";

    sh_status_text(&row, text, sizeof text);
    if (decision.is_excluded)
        sh_entry_place(file, decision.entry, place, sizeof place);
    sh_json_int(object, "id", row.id);
    sh_json_text(object, "organization", row.organization_key);
    sh_json_text(object, "path", row.path);
    sh_json_text(object, "name", row.name);
    sh_json_bool(object, "archived", row.archived);
    sh_json_bool(object, "fork", row.fork);
    sh_json_bool(object, "personal", row.personal);
    sh_json_bool(object, "listed", row.listed);
    sh_json_bool(object, "imported", row.imported);
    sh_json_text(object, "import_state", is_told ? sh_status_word(&row) : NULL);
    sh_json_text(object, "text", is_told ? text : NULL);
    sh_json_text(object, "reason", *place ? place : row.imported ? row.job_reason : NULL);
    sh_json_bool(object, "failing", row.imported && sh_status_is_bad(&row));
    sh_json_time(object, "since", row.imported ? row.job_since : 0);
    sh_json_time(object, "next_run", row.imported ? row.job_next : 0);
    sh_json_int(object, "failures", row.imported ? row.job_failures : 0);
    sh_json_text(object, "counted", row.imported ? row.job_what : NULL);
    sh_json_int(object, "done", row.imported ? row.job_done : 0);
    sh_json_int(object, "total", row.imported ? row.job_total : 0);
    sh_json_time(object, "last_success", row.succeeded_at);
    add_fixed(object, file, decision.entry);
    return object;
}
