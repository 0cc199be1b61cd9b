"""Changes to a running world: one operation at a time, as a person would do it in Bitbucket."""

import subprocess

import review
from demo_people import signature, zone
from demo_world import create_git
from pull_requests import Anchor
from world import user_slug_of


def run(bitbucket, settings):
    settings = dict(settings)
    operation = OPERATIONS[settings.pop("op")]
    done = operation(Change(bitbucket, settings))
    for repository in bitbucket.world.repositories.values():
        if repository.git:
            repository.git.flush()
    bitbucket.world.changed()
    return done or {}


def user_of(world, name):
    found = world.user_named(name)
    if found is None:
        raise LookupError(f"no user {name}")
    return found


def project_of(world, key):
    found = world.project_at(key)
    if found is None:
        raise LookupError(f"no project {key}")
    return found


def repository_of(world, path):
    found = world.repository_at(*path.split("/"))
    if found is None:
        raise LookupError(f"no repository {path}")
    return found


def rename_user(world, user, name):
    user.name, user.slug = name, user_slug_of(name)
    for project in world.projects.values():
        if project.owner is user:
            project.key = "~" + user.slug.upper()


class Change:
    """The settings of one operation, resolved to what they name."""

    def __init__(self, bitbucket, settings):
        self.bitbucket, self.world, self.settings = bitbucket, bitbucket.world, settings

    def __getitem__(self, name):
        return self.settings[name]

    def get(self, name, fallback=None):
        return self.settings.get(name, fallback)

    @property
    def user(self):
        return user_of(self.world, self.get("user", "jdoe"))

    @property
    def project(self):
        return project_of(self.world, self["project"])

    @property
    def repository(self):
        return repository_of(self.world, self["repository"])

    @property
    def pull(self):
        return self.repository.pull_requests[self["pull_request"]]

    @property
    def written(self):
        found = self.pull.comment_with_id(self["comment"])
        if found is None:
            raise LookupError(f"no comment {self['comment']}")
        return found

    def users(self, name):
        return [user_of(self.world, one) for one in self.get(name, ())]


def comment(change):
    pull, anchor = change.pull, None
    if change.get("severity") == "BLOCKER" and not change.world.version.has_blocker_comments:
        raise ValueError("before 7.0 a task belongs to a comment")
    if "path" in change.settings:
        anchor = Anchor(change["path"], pull.to_commit, pull.from_commit, change.get("line"),
                        change.get("line_type", "ADDED") if change.get("line") else None)
    made = review.comment(change.world, pull, change.user, change["text"], anchor=anchor,
                          severity=change.get("severity", "NORMAL"))
    return {"comment": made.id}


def reply(change):
    made = review.reply(change.world, change.pull, change.written, change.user, change["text"],
                        severity=change.get("severity", "NORMAL"))
    return {"comment": made.id}


def edit_comment(change):
    review.edit_comment(change.world, change.written, change["text"])


def delete_comment(change):
    review.delete_comment(change.world, change.pull, change.written)


def set_comment_state(change):
    review.set_comment_state(change.world, change.written, change["state"], change.user)


def reviewing(status):
    def act(change):
        review.review(change.world, change.pull, change.user, status)
    return act


def update(change):
    review.update(change.world, change.pull, change.user, title=change.get("title"),
                  description=change.get("description"), draft=change.get("draft"), add=change.users("add_reviewers"),
                  remove=change.users("remove_reviewers"))


def push(change):
    """Commits to a branch; open pull requests from and to it are rescoped."""
    world, repository, user = change.world, change.repository, change.user
    git, ref = repository.git, "refs/heads/" + change["branch"]
    if subprocess.run(["git", "check-ref-format", ref], check=False).returncode:
        raise ValueError(f"{ref} is no name for a branch")
    start = git.refs.get(repository.default_branch)
    parent = start if change.get("force") else git.refs.get(ref, start)
    files = {path: c if c is None else c.encode() for path, c in change.get("files", {"pushed.txt": "x\n"}).items()}
    sha = git.commit([parent] if parent else [], signature(user), world.now(), zone(user),
                     change.get("message", "Pushed") + "\n", files)
    move_branch(world, repository, ref, sha, user)
    return {"commit": sha}


def move_branch(world, repository, ref, sha, user):
    repository.git.set_ref(ref, sha)
    for target in world.repositories.values():
        for pull in target.pull_requests.values():
            if pull.state != "OPEN":
                continue
            if pull.from_repository is repository and pull.from_ref == ref:
                review.rescope(world, pull, user, from_commit=sha)
            elif target is repository and pull.to_ref == ref:
                review.rescope(world, pull, user, to_commit=sha)


def merge(change):
    """`strategy` is merge, squash or remote; the last leaves no commit in the activity."""
    world, pull, user = change.world, change.pull, change.user
    git, strategy = pull.repository.git, change.get("strategy", "merge")
    before = git.refs[pull.to_ref]
    parents = [before] if strategy == "squash" else [before, pull.from_commit]
    message = f"Merge pull request #{pull.id} from {pull.from_ref} to {pull.to_ref}\n"
    sha = git.commit(parents, signature(user), world.now(), zone(user), message,
                     git.merge_changes(before, pull.from_commit))
    pull.to_commit = before
    review.merge(world, pull, user, None if strategy == "remote" else sha,
                 shows_commit=change.get("shows_commit", False))
    move_branch(world, pull.repository, pull.to_ref, sha, user)
    if change.get("delete_branch"):
        pull.from_repository.git.set_ref(pull.from_ref, None)
    return {"commit": sha}


def decline(change):
    review.decline(change.world, change.pull, change.user)


def reopen(change):
    review.reopen(change.world, change.pull, change.user)


def open_pull_request(change):
    source = change.get("from_repository")
    made = review.open_pull_request(
        change.world, change.repository, change.user, change["title"], "refs/heads/" + change["from"],
        to_ref="refs/heads/" + change["to"] if "to" in change.settings else None,
        from_repository=repository_of(change.world, source) if source else None,
        description=change.get("description"), reviewers=change.users("reviewers"), 
        draft=change.get("draft", False) and change.world.version.has_drafts)
    return {"pull_request": made.id}


def delete_pull_request(change):
    pull = change.pull
    del pull.repository.pull_requests[pull.id]


def create_project(change):
    readers = change.get("readers")
    made = change.world.add_project(
        change["key"], change.get("name", change["key"]), description=change.get("description"),
        public=change.get("public", False), readers=None if readers is None else set(readers))
    return {"id": made.id}


def create_repository(change):
    origin = change.get("origin")
    made = change.world.add_repository(
        change.project, change["name"], description=change.get("description"), public=change.get("public", False),
        origin=repository_of(change.world, origin) if origin else None)
    create_git(change.bitbucket.folder, made)
    if change.get("files"):
        user = change.user
        files = {path: content.encode() for path, content in change["files"].items()}
        sha = made.git.commit([], signature(user), change.world.now(), zone(user), "Initial commit\n", files)
        made.git.set_ref(made.default_branch, sha)
    return {"id": made.id, "slug": made.slug}


def rename_repository(change):
    found = change.repository
    change.world.relocate(found, found.project, change["name"])
    return {"slug": found.slug}


def move_repository(change):
    found = change.repository
    change.world.relocate(found, change.project, found.name)


def delete_repository(change):
    change.world.delete_repository(change.repository)


def archive_repository(change):
    change.repository.archived = change.get("archived", True)


def rename_project(change):
    """A new key moves all its repositories; the old paths go on to lead here."""
    world, project = change.world, change.project
    if world.project_at(change["key"]) not in (None, project):
        raise ValueError(f"{change['key']} exists")
    for repository in project.repositories.values():
        world.moved[(project.path_key.lower(), repository.slug)] = repository
    project.key, project.name = change["key"], change.get("name", project.name)
    for repository in project.repositories.values():
        world.moved.pop((project.path_key.lower(), repository.slug), None)


def set_repository_state(change):
    """AVAILABLE, INITIALISING, OFFLINE; git is served of available ones only."""
    change.repository.state = change["state"]


def delete_branch(change):
    change.repository.git.set_ref("refs/heads/" + change["branch"], None)


def reset_branch(change):
    move_branch(change.world, change.repository, "refs/heads/" + change["branch"], change["commit"], change.user)


def rename_default_branch(change):
    repository, ref = change.repository, "refs/heads/" + change["name"]
    old, git = repository.default_branch, repository.git
    git.set_ref(ref, git.refs[old])
    git.set_ref(old, None)
    git.set_head(ref)
    repository.default_branch = ref


def add_activity(change):
    made = review.record(change.world, change.pull, change["action"], change.user, change.world.now(),
                         extra=change.get("extra"))
    return {"activity": made.id}


def set_readers(change):
    """null: every licensed user; otherwise a list of names."""
    readers = change["readers"]
    change.project.readers = None if readers is None else set(readers)


def refuse(change):
    """To these people the repository answers 401 AuthorisationException, administrators or not."""
    found = change.repository
    found.refused = {user.name for user in change.users("users")}
    found.refused_is_listed = change.get("listed", False)


OPERATIONS = {
    "comment": comment, "reply": reply, "edit_comment": edit_comment, "delete_comment": delete_comment,
    "set_comment_state": set_comment_state, "approve": reviewing("APPROVED"), "unapprove": reviewing("UNAPPROVED"),
    "needs_work": reviewing("NEEDS_WORK"), "update": update, "push": push, "merge": merge, "decline": decline,
    "reopen": reopen, "open": open_pull_request, "delete_pull_request": delete_pull_request,
    "create_project": create_project, "create_repository": create_repository, "rename_repository": rename_repository,
    "move_repository": move_repository, "delete_repository": delete_repository,
    "archive_repository": archive_repository, "set_readers": set_readers, "refuse": refuse, "rename_project": rename_project,
    "set_repository_state": set_repository_state, "delete_branch": delete_branch,
    "reset_branch": reset_branch, "rename_default_branch": rename_default_branch, "add_activity": add_activity}
