"""The JSON of people, projects, repositories, refs and commits, as each version writes it."""

from datetime import datetime, timezone
from urllib.parse import quote, urlsplit


class Shapes:
    def __init__(self, version, base_url, world, iso_dates=False, caller=None):
        self.version = version
        self.base_url = base_url
        self.world = world
        self.iso_dates = iso_dates
        self.caller = caller

    def date(self, milliseconds):
        if not self.iso_dates:
            return milliseconds
        moment = datetime.fromtimestamp(milliseconds // 1000, timezone.utc)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"

    def self_link(self, *path):
        return {"self": [{"href": "/".join([self.base_url, *path])}]}

    def user(self, user):
        shape = {"name": user.name}
        if user.email:
            shape["emailAddress"] = user.email
        return shape | {
            "id": user.id, "displayName": user.display_name, "active": user.active, "slug": user.slug,
            "type": user.type, "links": self.self_link("users", quote(user.slug))}

    def project(self, project):
        shape = {"key": project.key, "id": project.id, "name": project.name}
        if project.is_personal:
            return shape | {"type": "PERSONAL", "owner": self.user(project.owner),
                            "links": self.self_link("users", quote(project.owner.slug))}
        if project.description is not None:
            shape["description"] = project.description
        return shape | {"public": project.public, "type": "NORMAL",
                        "links": self.self_link("projects", project.key)}

    def repository(self, repository):
        shape = {"slug": repository.slug, "id": repository.id, "name": repository.name}
        if repository.description is not None:
            shape["description"] = repository.description
        if self.version.has_hierarchy_ids:
            shape["hierarchyId"] = repository.hierarchy_id
        shape |= {"scmId": "git", "state": repository.state,
                  "statusMessage": repository.state.capitalize(), "forkable": True}
        if repository.origin:
            shape["origin"] = self.repository(repository.origin)
        shape |= {"project": self.project(repository.project), "public": repository.public}
        if self.version.has_archived_repositories:
            shape["archived"] = repository.archived
        return shape | {"links": self.repository_links(repository)}

    def repository_links(self, repository):
        project, slug = repository.project, repository.slug
        base = urlsplit(self.base_url)
        key = project.path_key.lower()
        login = ""
        if self.version.names_caller_in_clone_links and self.caller:
            login = quote(self.caller.name, safe="") + "@"
        clone = [{"href": f"{base.scheme}://{login}{base.netloc}{base.path}/scm/{key}/{slug}.git", "name": "http"},
                 {"href": f"ssh://git@{base.hostname}:7999/{key}/{slug}.git", "name": "ssh"}]
        # The real order is not stable either.
        if repository.id % 2:
            clone.reverse()
        return {"clone": clone} | self.self_link(*self.project_path(project), "repos", slug, "browse")

    def project_path(self, project):
        return ("users", quote(project.owner.slug)) if project.is_personal else ("projects", project.key)

    def branch(self, repository, ref):
        sha = repository.git.refs[ref]
        return {"id": ref, "displayId": ref.removeprefix("refs/heads/"), "type": "BRANCH", "latestCommit": sha,
                "latestChangeset": sha, "isDefault": ref == repository.default_branch}

    def tag(self, repository, ref):
        sha = repository.git.refs[ref]
        return {"id": ref, "displayId": ref.removeprefix("refs/tags/"), "type": "TAG", "latestCommit": sha,
                "latestChangeset": sha, "hash": repository.git.tag_objects.get(ref)}

    def minimal_ref(self, ref):
        return {"id": ref, "displayId": ref.removeprefix("refs/heads/"), "type": "BRANCH"}

    def person(self, signature):
        """A full user when the address is an account's, else what git knows."""
        for user in self.world.users.values():
            if user.email == signature[1]:
                return self.user(user)
        return self.stranger(signature)

    def stranger(self, signature):
        return {"name": signature[0], "emailAddress": signature[1]}

    def minimal_commit(self, sha):
        return {"id": sha, "displayId": sha[:11]}

    def commit(self, repository, sha, with_parents=False):
        """With parents written out, as in MERGED activities; their authors are never looked up."""
        commit = repository.git.store.commits[sha]
        shape = self.commit_shape(commit, self.person)
        if with_parents:
            parents = [repository.git.store.commits[parent] for parent in commit.parents]
            shape["parents"] = [self.commit_shape(parent, self.stranger) for parent in parents]
        return shape

    def commit_shape(self, commit, person):
        return self.minimal_commit(commit.sha) | {
            "author": person(commit.author), "authorTimestamp": self.date(commit.author_time),
            "committer": person(commit.committer), "committerTimestamp": self.date(commit.committer_time),
            "message": commit.message.rstrip("\n"), "parents": [self.minimal_commit(p) for p in commit.parents]}
