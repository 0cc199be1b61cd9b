/* person.c - see person.h */
#include "store/person.h"

int sh_person_stage(const struct sh_scope *scope, const struct sp_person *person,
                    struct sp_error *err)
{
    if (!person || !person->id)
        return SP_OK;
    return SH_SEND(scope->store, err,
                   "INSERT INTO staged_person (connection, id, name, slug, display_name, email,"
                   " active, service) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
                   " ON CONFLICT (connection, id) DO NOTHING",
                   SH_TEXT(scope->connection), SH_INT(person->id), SH_TEXT(person->name),
                   SH_TEXT(person->slug), SH_TEXT(person->display_name), SH_TEXT(person->email),
                   SH_INT(!(person->flags & SP_PERSON_INACTIVE)),
                   SH_INT((person->flags & SP_PERSON_SERVICE) != 0));
}

/* What somebody is met without stays as it is known.  In order of ids, so that two who meet the
 * same people do not wait for each other in a circle. */
int sh_person_put_staged(const struct sh_scope *scope, struct sp_error *err)
{
    return SH_RUN(
        scope->store, err,
        "INSERT INTO person SELECT * FROM staged_person WHERE true ORDER BY id"
        " ON CONFLICT (connection, id) DO UPDATE SET"
        " name = coalesce(excluded.name, person.name),"
        " slug = coalesce(excluded.slug, person.slug),"
        " display_name = coalesce(excluded.display_name, person.display_name),"
        " email = coalesce(excluded.email, person.email), active = excluded.active,"
        " service = excluded.service"
        " WHERE EXISTS (SELECT person.name, person.slug, person.display_name, person.email,"
        " person.active, person.service EXCEPT SELECT"
        " coalesce(excluded.name, person.name), coalesce(excluded.slug, person.slug),"
        " coalesce(excluded.display_name, person.display_name),"
        " coalesce(excluded.email, person.email), excluded.active, excluded.service)");
}

int sh_person_note(const struct sh_scope *scope, const struct sp_person *person,
                   struct sp_error *err)
{
    int rc = sh_store_stage(scope->store, err);

    if (!rc)
        rc = SH_SEND(scope->store, err, "DELETE FROM staged_person");
    if (!rc)
        rc = sh_person_stage(scope, person, err);
    if (!rc)
        rc = sh_scope_begin(scope, err);
    return rc ? rc : sh_store_end(scope->store, sh_person_put_staged(scope, err), err);
}
