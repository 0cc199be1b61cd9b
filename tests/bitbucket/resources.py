"""Which path leads to which resource, and the resources of the server itself."""

import re
from urllib.parse import quote, unquote

import pull_request_resources
import ref_resources
import repository_resources
import user_resources
from answers import Answer, html_answer, json_answer, no_such, not_permitted
from pages import encode, page
from permissions import may_read_repository, may_see_repository
from shapes import Shapes

STATUS_CODES = {"RUNNING": 200, "MAINTENANCE": 200, "FIRST_RUN": 200, "STARTING": 503, "ERROR": 500}
API = re.compile(r"/rest/api/(?:1\.0|latest)(/.*)$")


class Call:
    """One request for one resource, by one person."""

    def __init__(self, bitbucket, request, login):
        self.bitbucket, self.world, self.version = bitbucket, bitbucket.world, bitbucket.version
        self.request, self.query, self.login = request, request.query, login
        self.public_access = bitbucket.options.public_access
        self.shapes = Shapes(self.version, bitbucket.options.links_base or bitbucket.base_url, self.world,
                             bitbucket.options.iso_dates, login.user)

    def page(self, rows, shape, cap=1000, may_see=None, values_first=False):
        body = page(self.bitbucket.paging, self.query, rows, lambda row: encode(shape(row)),
                    cap, may_see, values_first)
        return Answer(body=body)

    def page_of_repositories(self, rows):
        caller = self.login.user.id if self.login.user and self.version.names_caller_in_clone_links else None

        def row(repository):
            return self.bitbucket.cached_row((repository.id, caller),
                                             lambda: encode(self.shapes.repository(repository)))
        return Answer(body=page(self.bitbucket.paging, self.query, rows, row, 1000, self.may_see))

    def may_see(self, repository):
        return may_see_repository(self.login, repository, self.public_access)

    def need_login(self):
        if self.login.user is None:
            raise not_permitted(self.login)

    def repository(self, key, slug):
        repository = self.world.repository_at(key, slug)
        if repository is None:
            moved = self.world.repository_once_at(key, slug)
            if moved and self.may_see(moved):
                raise Moved(moved)
            if self.login.user is None:
                raise not_permitted(self.login)
            if self.world.project_at(key) is None:
                raise no_such("Project", f"There is no project {key}.")
            raise no_such("Repository", f"There is no repository {key}/{slug}.")
        if not may_read_repository(self.login, repository, self.public_access):
            raise not_permitted(self.login)
        return repository


class Moved(Exception):
    def __init__(self, repository):
        super().__init__()
        self.repository = repository


def status(bitbucket):
    return json_answer({"state": bitbucket.state}, STATUS_CODES.get(bitbucket.state, 200))


def application_properties(call):
    return json_answer({"version": call.version.text, "buildNumber": call.version.build_number,
                        "buildDate": "1712000000000", "displayName": "Bitbucket"})


REPOSITORY = r"/projects/(?P<key>[^/]+)/repos/(?P<slug>[^/]+)"
PULL_REQUEST = REPOSITORY + r"/pull-requests/(?P<number>\d+)"

ROUTES = [(method, re.compile(pattern + "$"), resource) for method, pattern, resource in (
    ("GET", r"/application-properties", application_properties),
    ("GET", r"/projects", repository_resources.projects),
    ("GET", r"/projects/(?P<key>[^/]+)", repository_resources.project),
    ("GET", r"/projects/(?P<key>[^/]+)/repos", repository_resources.project_repositories),
    ("GET", REPOSITORY, repository_resources.repository),
    ("GET", r"/repos", repository_resources.repositories),
    ("GET", REPOSITORY + r"/default-branch", ref_resources.default_branch),
    ("GET", REPOSITORY + r"/branches/default", ref_resources.default_branch_of_old),
    ("GET", REPOSITORY + r"/branches", ref_resources.branches),
    ("GET", REPOSITORY + r"/tags", ref_resources.tags),
    ("GET", REPOSITORY + r"/commits", ref_resources.commits),
    ("GET", REPOSITORY + r"/pull-requests", pull_request_resources.pull_requests),
    ("GET", PULL_REQUEST, pull_request_resources.pull_request),
    ("GET", PULL_REQUEST + r"/activities", pull_request_resources.activities),
    ("GET", PULL_REQUEST + r"/commits", pull_request_resources.commits),
    ("GET", PULL_REQUEST + r"/changes", pull_request_resources.changes),
    ("GET", PULL_REQUEST + r"/diff", pull_request_resources.diff),
    ("GET", PULL_REQUEST + r"/participants", pull_request_resources.participants),
    ("GET", r"/users", user_resources.users),
    ("GET", r"/users/(?P<slug>[^/]+)", user_resources.user),
    ("GET", r"/users/(?P<slug>[^/]+)/repos", user_resources.repositories_of_user),
    ("GET", r"/admin/permissions/users", user_resources.permitted_users),
    ("GET", r"/admin/permissions/groups", user_resources.permitted_groups),
    ("GET", r"/admin/rate-limit/settings", user_resources.rate_limit_settings),
    ("GET", r"/admin/rate-limit/settings/users/(?P<slug>[^/]+)", user_resources.rate_limit_of_user),
    ("DELETE", r"/admin/users/captcha", user_resources.clear_captcha),
)]


def find(bitbucket, request, inside, login):
    inside_api = API.match(inside)
    path = inside_api.group(1).rstrip("/") if inside_api else ""
    wanted = "GET" if request.method == "HEAD" else request.method
    for method, pattern, resource in ROUTES:
        match = pattern.match(path)
        if match and method == wanted:
            names = {name: unquote(value) for name, value in match.groupdict().items()}
            try:
                return resource(Call(bitbucket, request, login), **names)
            except Moved as moved:
                prefix = bitbucket.base_url + inside[:inside_api.start(1)]
                return redirect(request, prefix, path[match.end("slug"):], moved.repository)
    return html_answer(404)


def redirect(request, prefix, rest, repository):
    """To the same resource below the path where the repository lives now."""
    key = quote(repository.project.path_key, safe="~")
    query = f"?{request.query_string}" if request.query_string else ""
    location = f"{prefix}/projects/{key}/repos/{repository.slug}{rest}{query}"
    return Answer(301, headers=[("Location", location)])
