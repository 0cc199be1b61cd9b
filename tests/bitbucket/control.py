"""/_control: what tests ask of the fake itself. Needs no login."""

import json

import mutate
import truth
from answers import html_answer, json_answer

STATES = ("RUNNING", "MAINTENANCE", "STARTING", "FIRST_RUN", "ERROR")


def answer(bitbucket, request):
    handler = HANDLERS.get((request.method, request.path.removeprefix("/_control").strip("/")))
    if handler is None:
        return html_answer(404)
    try:
        settings = json.loads(request.body) if request.body else {}
        with bitbucket.world.lock:
            return json_answer(handler(bitbucket, request.query | settings))
    except (ValueError, LookupError, TypeError, AttributeError, OSError, RuntimeError) as error:
        return json_answer({"error": f"{type(error).__name__}: {error}"}, 400)


def requests(bitbucket, settings):
    return bitbucket.log.entries(settings.get("below", ""))


def clear_requests(bitbucket, _):
    bitbucket.log.clear()
    return {}


def users(bitbucket, _):
    logins = bitbucket.logins
    return [{"id": u.id, "name": u.name, "slug": u.slug, "active": u.active, "permission": u.permission,
             "failures": logins.failures.get(u.id, 0), "captcha": logins.needs_captcha(u)}
            for u in bitbucket.world.users.values()]


def user(bitbucket, settings):
    """Changes what is named; a name that is new makes a new user."""
    world, name = bitbucket.world, settings["name"]
    found = world.user_named(name) or world.add_user(name, settings.get("display_name", name), settings.get("email"))
    if settings.get("clear_captcha"):
        bitbucket.logins.failures.pop(found.id, None)
    for member in ("password", "active", "permission", "display_name", "email"):
        if member in settings:
            setattr(found, member, settings[member])
    if "rename" in settings:
        mutate.rename_user(world, found, settings["rename"])
    world.changed()
    return {"id": found.id, "slug": found.slug}


def token(bitbucket, settings):
    """Adds a token, or with an existing one's secret expires or revives it."""
    logins, world, secret = bitbucket.logins, bitbucket.world, settings["token"]
    if secret in logins.tokens:
        logins.tokens[secret].expired = settings["expired"]
        return {}
    more = {"kind": settings.get("kind", "personal"), "expired": settings.get("expired", False)}
    owner = mutate.user_of(world, settings["user"]) if "user" in settings else None
    if more["kind"] == "project":
        more["project"] = mutate.project_of(world, settings["project"])
    if more["kind"] == "repository":
        more["repository"] = mutate.repository_of(world, settings["repository"])
    return {"user": logins.add_token(secret, owner, **more).user.name}


def state(bitbucket, settings):
    if settings["state"] not in STATES:
        raise ValueError(f"state is one of {', '.join(STATES)}")
    bitbucket.state = settings["state"]
    return {}


def rate_limit(bitbucket, settings):
    limit = settings["capacity"], settings["fill_rate"]
    if "user" in settings:
        bitbucket.rate_limit.make_exception(mutate.user_of(bitbucket.world, settings["user"]), *limit)
    else:
        bitbucket.rate_limit.set(*limit)
    return {}


def fault(bitbucket, settings):
    bitbucket.faults.add(settings)
    return {}


def clear_faults(bitbucket, settings):
    bitbucket.faults.clear(settings.get("path"))
    return {}


def change(bitbucket, settings):
    return mutate.run(bitbucket, settings)


def tell_truth(bitbucket, settings):
    seen_by = mutate.user_of(bitbucket.world, settings["user"]) if "user" in settings else None
    return truth.tell(bitbucket, seen_by)


HANDLERS = {
    ("GET", "requests"): requests, ("DELETE", "requests"): clear_requests,
    ("GET", "users"): users, ("POST", "user"): user, ("POST", "token"): token, ("POST", "state"): state,
    ("POST", "rate_limit"): rate_limit, ("POST", "fault"): fault, ("DELETE", "fault"): clear_faults,
    ("POST", "mutate"): change, ("GET", "truth"): tell_truth}
