"""The model told flat, by table, for tests to hold their own tables against.

None of it passes through the code that shapes answers; refs and commits are read by git itself.
"""

import subprocess
from functools import cache

from git_repository import git_environment
from login import Login
from permissions import may_see_project, may_see_repository

HEAD = "\x1e"
FORMAT = f"{HEAD}%H%n%P%n%an%n%ae%n%at%n%ad%n%ct%n%s"


def tell(bitbucket, user=None):
    """Everything, or what `user` may see."""
    world = bitbucket.world
    projects, repositories = list(world.projects.values()), list(world.repositories.values())
    if user:
        login = Login("authenticated", user)
        projects = [p for p in projects if may_see_project(login, p)]
        repositories = [r for r in repositories if may_see_repository(login, r)]
    pulls = [pull for repository in repositories for pull in repository.pull_requests.values()]
    with_git = [r for r in repositories if r.git]
    return {
        "organization": [organization(p) for p in projects],
        "repository": [repository_row(r, world.version) for r in repositories],
        "git_ref": [row for r in with_git for row in git_refs(r)],
        "git_commit": [row for r in with_git for row in git_commits(r)],
        "person": [person(u) for u in world.users.values()],
        "pull_request": [row for r in repositories for row in pull_requests(r, world.version)],
        "pull_request_reviewer": [row for p in pulls for row in participants(p, p.reviewers)],
        "pull_request_participant": [row for p in pulls for row in participants(p, p.participants)],
        "pull_request_commit": [row for p in pulls for row in pull_request_commits(p)],
        "activity": [row for p in pulls for row in activities(p, world.version)]}


def organization(project):
    return {"id": project.id, "key": project.key, "name": project.name, "description": project.description,
            "kind": "personal" if project.is_personal else "project",
            "public": project.public, "owner_id": project.owner.id if project.owner else None}


def repository_row(repository, version):
    return {"id": repository.id, "organization_id": repository.project.id, "slug": repository.slug,
            "path": f"{repository.project.key}/{repository.slug}", "name": repository.name,
            "description": repository.description, "default_branch": repository.default_branch,
            "archived": repository.archived and version.since(8), "public": repository.public,
            "state": repository.state,
            "parent_id": repository.origin.id if repository.origin else None,
            "empty": not (repository.git and repository.git.refs)}


def git(repository, *arguments):
    return subprocess.run(["git", f"--git-dir={repository.git.path}", *arguments], env=git_environment(),
                          check=True, stdout=subprocess.PIPE).stdout.decode("utf-8", "replace")


def git_refs(repository):
    listed = git(repository, "for-each-ref", "--format=%(refname)%00%(objectname)%00%(*objectname)",
                 "refs/heads", "refs/tags")
    for line in listed.splitlines():
        name, sha, peeled = line.split("\0")
        yield {"repository_id": repository.id, "name": name, "sha": peeled or sha,
               "tag_object": sha if peeled else None}


def git_commits(repository):
    logged = git(repository, "log", "--branches", "--tags", "--numstat", "--date=format:%z", f"--format={FORMAT}")
    for entry in logged.split(HEAD)[1:]:
        sha, parents, name, email, authored, zone, committed, subject, *numbers = entry.splitlines()
        changed = [line.split("\t") for line in numbers if line]
        # Git writes "-" for binary files.
        counts = [[int(n) if n.isdigit() else 0 for n in line[:2]] for line in changed]
        yield {"repository_id": repository.id, "sha": sha, "parents": parents, "author_name": name,
               "author_email": email, "authored_at": int(authored) * 1000, "author_tz": zone,
               "committed_at": int(committed) * 1000, "subject": subject, "files": len(changed),
               "insertions": sum(c[0] for c in counts), "deletions": sum(c[1] for c in counts)}


def person(user):
    return {"id": user.id, "name": user.name, "slug": user.slug, "display_name": user.display_name,
            "email": user.email, "active": user.active, "type": user.type}


def pull_requests(repository, version):
    """Git offers no head of those whose branch is gone while nobody has looked at their changes."""
    pulls = repository.pull_requests.values()
    offered = set(git(repository, "rev-list", "--all").split()) if pulls else set()
    for pull in pulls:
        yield pull_request(pull, version) | {"head_offered": pull.from_commit in offered}


def pull_request(pull, version):
    talk = [c for a in pull.activities if a.comment for c in a.comment.thread()]
    tasks = [c for c in talk if c.severity == "BLOCKER"]
    comments = talk if version.since(7) else [c for c in talk if c not in tasks]
    return {"repository_id": pull.repository.id, "number": pull.id, "title": pull.title,
            "description": pull.description, "state": pull.state, "draft": pull.draft,
            "author_id": pull.author.user.id, "created_at": pull.created, "updated_at": pull.updated,
            "closed_at": pull.closed, "version": pull.version,
            "from_ref": pull.from_ref, "from_sha": pull.from_commit,
            "from_repository_id": pull.from_repository.id if pull.from_repository else None,
            "to_ref": pull.to_ref, "to_sha": pull.to_commit, "merge_commit": pull.merge_commit,
            "comment_count": len(comments), "open_task_count": sum(t.state == "OPEN" for t in tasks),
            "resolved_task_count": sum(t.state == "RESOLVED" for t in tasks)} | size(pull)


def size(pull):
    """What the source changed since it left the target."""
    told = shortstat(pull.repository, pull.to_commit, pull.from_commit)
    return {name: next((int(part.split()[0]) for part in told.split(",") if word in part), 0)
            for name, word in (("files", "file"), ("insertions", "insertion"), ("deletions", "deletion"))}


@cache
def shortstat(repository, base, tip):
    return git(repository, "diff", "--shortstat", f"{base}...{tip}")


def participants(pull, people):
    for one in people:
        yield {"repository_id": pull.repository.id, "pull_request_number": pull.id, "person_id": one.user.id,
               "status": one.status, "approved": one.status == "APPROVED",
               "last_reviewed_commit": one.last_reviewed_commit}


def pull_request_commits(pull):
    listed = git(pull.repository, "rev-list", pull.from_commit, f"^{pull.to_commit}").split()
    for position, sha in enumerate(listed):
        yield {"repository_id": pull.repository.id, "pull_request_number": pull.id, "sha": sha, "position": position}


def activities(pull, version):
    for entry in pull.activities:
        row = {"id": entry.id, "repository_id": pull.repository.id, "pull_request_number": pull.id,
               "action": entry.action, "actor_id": entry.user.id, "created_at": entry.created,
               "commit": entry.commit, "extra": entry.extra}
        row |= {"added_reviewers": [u.id for u in entry.added_reviewers or ()],
                "removed_reviewers": [u.id for u in entry.removed_reviewers or ()]}
        row |= {name: getattr(entry.rescope, name) if entry.rescope else None for name in (
            "from_hash", "previous_from_hash", "to_hash", "previous_to_hash", "added", "removed")}
        row |= {name: getattr(entry.anchor, name) if entry.anchor else None for name in (
            "path", "src_path", "line", "line_type", "file_type", "diff_type")}
        row["orphaned"] = bool(entry.anchor and entry.anchor.orphaned)
        if entry.anchor:
            row |= {"from_hash": entry.anchor.from_hash, "to_hash": entry.anchor.to_hash}
        if not entry.comment:
            yield row | {name: None for name in comment_columns(None, version)}
            continue
        for comment in entry.comment.thread():
            told = row | comment_columns(comment, version)
            if comment.parent:
                # The feed numbers no replies.
                told |= {"id": None, "actor_id": comment.author.id, "created_at": comment.created}
            yield told


def comment_columns(comment, version):
    if comment is None:
        return dict.fromkeys(("comment_id", "parent_comment_id", "text", "severity", "comment_state",
                              "comment_version", "comment_updated_at", "resolved_at", "thread_resolved_at",
                              "resolver_id"))
    task = comment.severity == "BLOCKER"
    # Before 7.0 only tasks had a state, and nothing a severity.
    says = version.since(7) or task
    return {"comment_id": comment.id, "parent_comment_id": comment.parent.id if comment.parent else None,
            "text": comment.text, "severity": comment.severity if says else None,
            "comment_state": comment.state if says else None, "comment_version": comment.version,
            "comment_updated_at": comment.updated, "resolved_at": comment.resolved,
            "thread_resolved_at": comment.thread_resolved if version.since(8) else None,
            "resolver_id": comment.resolver.id if comment.resolver else None}
