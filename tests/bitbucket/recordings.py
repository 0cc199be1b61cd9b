"""Holds the fake's answers against bodies that real servers sent, and against Atlassian's OpenAPI documents.

Both lie outside the project; what is compared is which members the JSON has, never their values.
"""

import functools
import json
import os
from dataclasses import dataclass, field

from client import FakeBitbucket

SERVERS = {"5": "5.16.0", "6": "6.10.0", "7": "7.21.0", "8": "8.19.2", "9": "9.4.0", "10": "10.0.0"}
OPENAPI = {"9": "bitbucket-9.2-swagger.v3.json", "10": "bitbucket-10.0-swagger.v3.json"}

# What a file holds, and in which major versions. A third word picks a part of a webhook's body.
HELD = {
    "aji_branches_last_page": ("branch", "7"), "aji_branches_page1": ("branch", "7"),
    "aji_default_branch": ("branch", "7"), "aji_commit": ("commit", "7"),
    "aji_error_no_such_commit": ("error", "7"),
    "aji_project": ("project", "6 7"), "aji_projects_filtered": ("project", "6 7"),
    "aji_projects_page": ("project", "6 7"), "aji_repo": ("repository", "6 7"),
    "aji_repo_nossh": ("repository", "6 7"), "aji_repos_filtered": ("repository", "6 7"),
    "aji_pull_request_open": ("single pull request", "7"), "aji_pull_requests_page": ("pull request", "7"),
    "aji_tags_last_page": ("tag", "7"), "aji_tags_page1": ("tag", "7"),
    "cd_application_properties_4_6": ("application properties", "5 6"),
    "cd_error_no_such_pr_old_wording": ("error", "5 6"), "cd_error_no_such_project": ("error", "5 6"),
    "cd_error_no_such_repository": ("error", "5 6"), "cd_error_validation_doc": ("error", "5 6"),
    "cd_error_validation_two_errors": ("error", "5 6"), "cd_participants_page": ("participant", "5 6"),
    "cd_projects_page_full": ("project", "5 6"), "cd_projects_page_truncated": ("project", "5 6"),
    "cd_repos_page_empty": ("repository", "5 6"), "cd_repos_page_truncated": ("repository", "5 6"),
    "cd_tags_page": ("tag", "5 6"), "gs_default_branch": ("branch", "5"),
    "gs_error_no_such_project": ("error", "5"), "gs_repo": ("repository", "5"), "gs_user": ("user", "5"),
    "jbs_branches_filterText": ("branch", "5 6"), "jbs_branches_page": ("branch", "5 6"),
    "jbs_commits_since_until": ("commit", "8 9"), "jbs_project": ("project", "5 6 7 8"),
    "jbs_project_repos_page": ("repository", "5"), "jbs_project_repos_page_archived": ("repository", "8"),
    "jbs_pull_request_1": ("single pull request", "5"), "jbs_pull_request_2017": ("single pull request", "5"),
    "jbs_pull_requests_page": ("pull request", "5"), "jbs_repo": ("repository", "5 6"),
    "jbs_tag": ("tag", "6 7 8 9"), "jbs_tag_special_chars": ("tag", "6 7 8 9"),
    "jbs_wh_push": ("commit", "8 9", "commits"), "jbs_wh_annotated_tag_created": ("repository", "9", "repository"),
    "jbs_wh_tag_created": ("user", "9", "actor"),
    "jbs_wh_push_v10_iso_dates": ("repository", "10", "repository"),
    "jbs_wh_pr_opened_v10_iso_dates": ("pull request", "10", "pullRequest"),
    "jbs_wh_pr_deleted_v10_iso_dates": ("single pull request", "10", "pullRequest"),
    "misc_error_authorisation_401": ("error", "5 6 7 8"), "misc_error_bad_password_401": ("error", "5 6 7 8"),
    "sg_activities_page_all_actions": ("activity", "6"),
    "sg_application_properties_7_11_2": ("application properties", "7"),
    "sg_error_no_such_pull_request": ("error", "6"), "sg_error_no_such_repository": ("error", "6"),
    "sg_personal_fork_repo": ("repository", "8"), "sg_projects_name_filter": ("project", "7"),
    "sg_projects_page_all": ("project", "7"), "sg_projects_page_limit1_gap": ("project", "7"),
    "sg_projects_page_limit1_start8_last": ("project", "7"), "sg_pull_request_commits_page": ("commit", "6"),
    "sg_pull_request_merged": ("single pull request", "6"), "sg_repo_lowercase_project_key": ("repository", "6"),
    "sg_repos_name_limit1000": ("repository", "6"), "sg_users_limit1": ("user", "8"),
    "sn_error_captcha_401": ("error", "6")}

NOT_HELD = {
    "aji_capabilities": "not a resource of the fake", "aji_mirrors": "not a resource of the fake",
    "aji_tag": "trimmed by hand: holds a commit's members", "cd_admin_users": "not a resource of the fake",
    "cd_branches_page_details_metadata": "asked with details=true, copied from documentation",
    "cd_error_stale_pull_request": "the fake takes no changes over REST",
    "cd_project_permission_users": "not a resource of the fake",
    "gs_repo_permission_users": "not a resource of the fake",
    "jbs_browse_type": "not a resource of the fake", "jbs_commit": "a single commit is not a resource of the fake",
    "jbs_commit2": "a single commit is not a resource of the fake", "jbs_mirrored_repo": "not a resource of the fake",
    "jbs_webhooks_page": "not a resource of the fake", "sg_build_status_page": "not a resource of the fake",
    "sg_labels_labeled_repos": "not a resource of the fake"}

# Members that some real elements have and others, rightly, have not.
OPTIONAL = {
    "description": "absent where nobody wrote one", "emailAddress": "absent where the account has none",
    "owner": "of personal projects only", "public": "not of personal projects", "origin": "of forks only",
    "repository": "absent when the fork is gone", "closedDate": "of closed pull requests only",
    "lastReviewedCommit": "absent until there was a review", "mergeResult": "of open pull requests only",
    "user": "a global permission of nobody", "hash": "null for a light tag",
    "id": "of people who have an account", "active": "of people who have an account",
    "slug": "of people who have an account",
    "displayName": "of people who have an account", "type": "of people who have an account",
    "links": "of people who have an account", "commit": "of MERGED only", "comment": "of COMMENTED only",
    "commentAction": "of COMMENTED only", "addedReviewers": "of UPDATED only", "removedReviewers": "of UPDATED only"}

# Members that no document and no recording at hand has, and why the fake sends them all the same. A schema's
# name says what lies below.
BEYOND = {
    "project.owner": "RestApplicationUser: recorded with the repository of a personal project",
    "permission.user": "RestApplicationUser: the document names the shape of groups here",
    "pull request.properties.commentCount": "recorded bodies had no comments; clients read it",
    "pull request.properties.mergeCommit": "RestMinimalCommit: recorded in a webhook of 5.4",
    "activity.commentAnchor.orphaned": "the document leaves it out; clients of every version read it",
    "activity.commentAnchor.path.toString": "every path that is an object has it",
    "activity.commentAnchor.srcPath.toString": "every path that is an object has it",
    "activity.diff.source.toString": "every path that is an object has it",
    "activity.diff.destination.toString": "every path that is an object has it",
    "activity.comment.permittedOperations.transitionable": "recorded on 6.x with tasks, which are comments now",
    "activity.comment.comments[].permittedOperations.transitionable": "likewise",
    "activity.removedReviewers": "RestApplicationUser: recorded, but empty",
    "activity.fromHash": "of RESCOPED, which no recording at hand has", "activity.toHash": "likewise",
    "activity.previousFromHash": "likewise", "activity.previousToHash": "likewise",
    "activity.added": "likewise", "activity.added.commits": "RestCommit: likewise", "activity.added.total": "likewise",
    "activity.removed": "likewise", "activity.removed.commits": "RestCommit: likewise",
    "activity.removed.total": "likewise",
    "activity.added.commits[].author": "RestApplicationUser: when the address is an account's, as in recorded commits",
    "activity.added.commits[].committer": "RestApplicationUser: likewise",
    "activity.removed.commits[].author": "RestApplicationUser: likewise",
    "activity.removed.commits[].committer": "RestApplicationUser: likewise",
    "activity.comment": "RestComment: the document leaves out what an activity carries",
    "activity.commentAnchor": "RestCommentThreadDiffAnchor: likewise",
    "activity.diff": "RestDiff: likewise", "activity.commit": "RestCommit: likewise"}
# Where the document describes the elements of each kind.
REPOSITORY = "/projects/{projectKey}/repos/{repositorySlug}"
PULL_REQUEST = REPOSITORY + "/pull-requests/{pullRequestId}"
DOCUMENTED = {
    "application properties": "/application-properties", "project": "/projects", "repository": "/repos",
    "user": "/users", "branch": REPOSITORY + "/branches", "tag": REPOSITORY + "/tags",
    "commit": REPOSITORY + "/commits", "pull request": REPOSITORY + "/pull-requests",
    "participant": PULL_REQUEST + "/participants", "activity": PULL_REQUEST + "/activities",
    "permission": "/admin/permissions/users"}


@dataclass
class Members:
    seen: set = field(default_factory=set)
    always: set | None = None


def collect(value, path, found):
    """Which members the objects at each path have, at least once and every time."""
    if isinstance(value, list):
        for one in value:
            collect(one, path + "[]", found)
    elif isinstance(value, dict):
        members = found.setdefault(path, Members())
        members.seen |= value.keys()
        members.always = set(value) if members.always is None else members.always & value.keys()
        for name, one in value.items():
            collect(one, below(path, name), found)


def members_of(bodies, kind):
    found = {}
    for body in bodies:
        collect(body, kind, found)
    return found


def below(path, name):
    """Replies of replies are comments like the first."""
    return path[:-2] if path.endswith(".comments[]") and name == "comments" else f"{path}.{name}"


def elements(body):
    return body["values"] if isinstance(body, dict) and "values" in body else [body]


def recorded(folder, name):
    with open(os.path.join(folder, "recordings", name + ".json"), encoding="utf-8") as file:
        body = json.load(file)
    kind, majors, *part = HELD[name]
    if part:
        body = body[part[0]]
    return kind, majors.split(), body if isinstance(body, list) else elements(body)


def unknown_recordings(folder):
    names = {name[:-5] for name in os.listdir(os.path.join(folder, "recordings")) if name.endswith(".json")}
    return sorted(n for n in names - HELD.keys() - NOT_HELD.keys() if "_wh_" not in n)


def missing_members(folder, name, ours):
    """What the recording has and `ours`, by major version and kind, has not."""
    kind, majors, bodies = recorded(folder, name)
    theirs = members_of(bodies, kind)
    for major in majors:
        mine = members_of(ours[major][kind], kind)
        for path, members in theirs.items():
            own = mine.get(path, Members(always=set()))
            for member in sorted(members.seen - own.seen):
                yield f"{major}.x: {path}.{member} is nowhere"
            for member in sorted((members.always & own.seen) - own.always - OPTIONAL.keys()):
                yield f"{major}.x: {path}.{member} is not everywhere"


class OpenApi:
    def __init__(self, folder, major):
        with open(os.path.join(folder, "openapi", OPENAPI[major]), encoding="utf-8") as file:
            self.document = json.load(file)
        self.schemas = self.document["components"]["schemas"]
        self.recorded = set()
        for name in HELD:
            kind, _, bodies = recorded(folder, name)
            found = members_of(bodies, kind.removeprefix("single "))
            self.recorded |= {f"{path}.{member}" for path, members in found.items() for member in members.seen}

    def element_schema(self, path):
        answer = self.document["paths"]["/api/latest" + path]["get"]["responses"]["200"]
        schema = self.resolve(next(iter(answer["content"].values()))["schema"])
        values = schema.get("properties", {}).get("values")
        return self.resolve(values["items"]) if values else schema

    def resolve(self, schema):
        while schema and "$ref" in schema:
            schema = self.schemas[schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def unknown(self, value, schema, path):
        """Members that nobody has documented or recorded."""
        schema = self.resolve(schema) or {}
        if isinstance(value, list):
            for one in value:
                yield from self.unknown(one, schema.get("items", schema), path + "[]")
            return
        documented = schema.get("properties", {})
        anything_goes = schema.get("type") == "object" and not documented
        if not isinstance(value, dict) or anything_goes:
            return
        for name, one in value.items():
            where = below(path, name)
            if name not in documented and where not in self.recorded and where not in BEYOND:
                yield where
            else:
                beyond = self.schemas.get(BEYOND.get(where, "").split(":")[0])
                yield from self.unknown(one, beyond or documented.get(name), where)


@functools.cache
def gather_all():
    """By major version."""
    ours = {}
    for major, version in SERVERS.items():
        with FakeBitbucket("--bitbucket-version", version) as fake:
            ours[major] = gather(fake)
    return ours


def gather(fake):
    """Elements of every kind, from everything that the demo world has."""
    api = "/projects/PLAT/repos/api"
    pulls = fake.values(f"{api}/pull-requests?state=ALL&limit=100")
    numbers = [pull["id"] for pull in pulls]
    projects = fake.values("/projects") + [fake.get("/projects/~jdoe").json]
    errors = ("/projects/NOPE", f"{api}x", f"{api}/pull-requests/999", f"{api}/commits?until=nothing")
    return {
        "application properties": [fake.get("/application-properties").json],
        "project": projects,
        "repository": fake.values("/repos?archived=ALL"),
        "user": fake.values("/users"),
        "branch": fake.values(f"{api}/branches") + [fake.get(f"{api}/branches/default").json],
        "tag": fake.values(f"{api}/tags"),
        "commit": fake.values(f"{api}/commits?until=main&limit=100"),
        "pull request": pulls,
        "single pull request": [fake.get(f"{api}/pull-requests/{n}").json for n in numbers],
        "participant": [p for n in numbers for p in fake.values(f"{api}/pull-requests/{n}/participants")],
        "activity": [a for n in numbers for a in fake.values(f"{api}/pull-requests/{n}/activities?limit=500")
                     if a["action"] != "TELEPORTED"],  # which is made up
        "permission": fake.values("/admin/permissions/users"),
        "error": [fake.get(path).json for path in errors] + [fake.get("/users", password="wrong").json]}
