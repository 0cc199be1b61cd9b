"""REST: branches, tags and commits of a repository."""

from answers import Answer, html_answer, json_answer, no_such

NO_REFS = {}


def refs_below(repository, prefix):
    refs = repository.git.refs if repository.git else NO_REFS
    return {ref: sha for ref, sha in refs.items() if ref.startswith(prefix)}


def default_branch(call, key, slug):
    """The configured branch, even when no commit has made it yet."""
    repository = call.repository(key, slug)
    if not call.version.has_default_branch_resource:
        return html_answer(404)
    return json_answer(call.shapes.minimal_ref(repository.default_branch))


def default_branch_of_old(call, key, slug):
    repository = call.repository(key, slug)
    branches_ = refs_below(repository, "refs/heads/")
    if not branches_:
        return Answer(204)
    if repository.default_branch not in branches_:
        name = repository.default_branch.removeprefix("refs/heads/")
        raise no_such("Branch", f"There is no branch {name}.")
    return json_answer(call.shapes.branch(repository, repository.default_branch))


def branches(call, key, slug):
    repository = call.repository(key, slug)
    return listing(call, repository, refs_below(repository, "refs/heads/"), call.shapes.branch)


def tags(call, key, slug):
    repository = call.repository(key, slug)
    return listing(call, repository, refs_below(repository, "refs/tags/"), call.shapes.tag)


def listing(call, repository, refs, shape):
    wanted = call.query.get("filterText", "").lower()
    found = sorted(ref for ref in refs if wanted in ref.split("/", 2)[2].lower())
    if call.query.get("orderBy", "MODIFICATION") == "MODIFICATION":
        found.sort(key=lambda ref: -repository.git.store.commits[refs[ref]].committer_time)
    return call.page(found, lambda ref: shape(repository, ref))


def commits(call, key, slug):
    repository = call.repository(key, slug)
    until = call.query.get("until")
    if until is None and repository.default_branch not in refs_below(repository, "refs/heads/"):
        raise no_such("DefaultBranch", "No default branch is defined")
    last = resolve(repository, until or repository.default_branch)
    since = resolve(repository, call.query["since"]) if "since" in call.query else None
    rows = repository.git.rev_list(last, since)
    return call.page(rows, lambda sha: call.shapes.commit(repository, sha), cap=100, values_first=True)


def resolve(repository, name):
    """A commit's id, a branch or a tag, the latter by short or by full name."""
    refs = refs_below(repository, "refs/")
    for ref in (name, f"refs/heads/{name}", f"refs/tags/{name}"):
        if ref in refs:
            return refs[ref]
    if repository.git and name in repository.git.store.commits:
        return name
    raise no_such("Commit", f"There is no commit {name} in {repository.slug}.")
