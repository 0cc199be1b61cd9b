"""REST: projects and repositories."""

from answers import bad_request, json_answer, no_such, not_permitted
from permissions import may_see_project

ARCHIVED = ("ACTIVE", "ARCHIVED", "ALL")


def projects(call):
    """Personal projects are never in this list."""
    anonymous_may_list(call)
    name = call.query.get("name", "").lower()
    rows = [p for p in call.world.projects.values() if not p.is_personal and name in p.name.lower()]
    return call.page(rows, call.shapes.project, may_see=lambda p: may_see_project(call.login, p, call.public_access))


def project(call, key):
    return json_answer(call.shapes.project(visible_project(call, key)))


def project_repositories(call, key):
    """All of them: this listing knows no `archived`. Asking for somebody's personal project creates it."""
    found = call.world.project_at(key)
    if found is None and key.startswith("~") and call.login.user:
        owner = call.world.user_with_slug(key[1:])
        if owner:
            call.world.personal_project(owner)
    found = visible_project(call, key)
    return call.page_of_repositories(sorted(found.repositories.values(), key=lambda r: r.name.lower()))


def repository(call, key, slug):
    return json_answer(call.shapes.repository(call.repository(key, slug)))


def repositories(call):
    """Everything the caller may read, personal repositories too."""
    anonymous_may_list(call)
    query, rows = call.query, list(call.world.repositories.values())
    if query.get("permission", "").startswith("REPO_") and call.login.user is None:
        rows = []
    rows = with_archived(call, rows)
    if call.version.has_archived_repositories and "projectkey" in query:
        rows = [r for r in rows if r.project.key.lower() == query["projectkey"].lower()]
    if "projectname" in query:
        rows = [r for r in rows if query["projectname"].lower() in r.project.name.lower()]
    if "name" in query:
        rows = [r for r in rows if query["name"].lower() in r.name.lower()]
    if "state" in query and call.version.since(5, 13):
        rows = [r for r in rows if r.state == query["state"]]
    return call.page_of_repositories(rows)


def with_archived(call, rows):
    """Since 8.0 archived repositories are missing unless asked for; before, the parameter means nothing."""
    if not call.version.has_archived_repositories:
        return rows
    wanted = call.query.get("archived", "ACTIVE").upper()
    if wanted not in ARCHIVED:
        raise bad_request(f"archived is one of {', '.join(ARCHIVED)}", "archived")
    return rows if wanted == "ALL" else [r for r in rows if r.archived == (wanted == "ARCHIVED")]


def anonymous_may_list(call):
    if not call.public_access:
        call.need_login()


def visible_project(call, key):
    found = call.world.project_at(key)
    if found is None:
        if call.login.user is None:
            raise not_permitted(call.login)
        raise no_such("Project", f"There is no project {key}.")
    if not may_see_project(call.login, found, call.public_access):
        raise not_permitted(call.login)
    return found
