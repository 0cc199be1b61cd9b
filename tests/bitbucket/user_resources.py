"""REST: users, global permissions, and the administration of logins."""

from answers import Answer, html_answer, json_answer, no_such, not_permitted
from permissions import may_administer
from world import GLOBAL_PERMISSIONS


def users(call):
    """Anybody who is logged in may ask, also who else is an administrator."""
    call.need_login()
    return call.page(matching(call), call.shapes.user)


def matching(call):
    wanted = call.query.get("filter", "").lower()
    least = call.query.get("permission")
    rows = [u for u in call.world.users.values() if u.active]
    if least in GLOBAL_PERMISSIONS:
        rank = GLOBAL_PERMISSIONS.index
        rows = [u for u in rows if rank(u.permission) >= rank(least)]
    return [u for u in rows if wanted in u.name.lower() or wanted in u.display_name.lower()
            or wanted in (u.email or "").lower()]


def user(call, slug):
    return json_answer(call.shapes.user(user_at(call, slug)))


def user_at(call, slug):
    call.need_login()
    found = call.world.user_with_slug(slug)
    if found is None:
        raise no_such("User", f"There is no user {slug}.")
    return found


def repositories_of_user(call, slug):
    project = call.world.personal_project(user_at(call, slug))
    return call.page_of_repositories(list(project.repositories.values()))


def need_administrator(call):
    if not may_administer(call.login):
        raise not_permitted(call.login)


def permitted_users(call):
    need_administrator(call)
    rows = [u for u in matching(call) if u.permission != "LICENSED_USER"]
    return call.page(rows, lambda u: {"user": call.shapes.user(u), "permission": u.permission})


def permitted_groups(call):
    need_administrator(call)
    return call.page(["stash-users"], lambda name: {"group": {"name": name}, "permission": "LICENSED_USER"})


def rate_limit_settings(call):
    if not call.version.has_rate_limits:
        return html_answer(404)
    if call.login.user is None or call.login.token:
        raise not_permitted(call.login)
    return json_answer(call.bitbucket.rate_limit.settings)


def rate_limit_of_user(call, slug):
    """Of oneself, or of anybody for administrators; 404 where there is no exception."""
    found, limit = user_at(call, slug), call.bitbucket.rate_limit
    if found is not call.login.user:
        need_administrator(call)
    if not call.version.has_rate_limits or found.id not in limit.exceptions:
        raise no_such("User", f"There are no settings of {slug}.")
    capacity, fill_rate = limit.exceptions[found.id]
    settings = {"settings": {"capacity": capacity, "fillRate": fill_rate}} if capacity else {}
    return json_answer({"user": call.shapes.user(found), "whitelisted": not capacity} | settings)


def clear_captcha(call):
    need_administrator(call)
    found = call.world.user_named(call.query.get("name", ""))
    if found is None:
        raise no_such("User", f"There is no user {call.query.get('name')}.")
    call.bitbucket.logins.failures.pop(found.id, None)
    return Answer(204)
