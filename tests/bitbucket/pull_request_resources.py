"""REST: pull requests and what belongs to one."""

import review
import review_shapes
from answers import bad_request, json_answer, no_such
from diffs import path_shape

STATES = ("OPEN", "MERGED", "DECLINED", "ALL")


def flag(call, name, fallback):
    return call.query.get(name, fallback).lower() == "true"


def cap(call):
    return 1000 if call.version.since(6) else 100


def pull_requests(call, key, slug):
    repository = call.repository(key, slug)
    state = call.query.get("state", "OPEN").upper()
    order = call.query.get("order", "NEWEST").upper()
    if state not in STATES:
        raise bad_request(f"state is one of {', '.join(STATES)}", "state")
    outgoing = call.query.get("direction", "INCOMING").upper() == "OUTGOING"
    rows = from_repository(call, repository) if outgoing else list(repository.pull_requests.values())
    if state != "ALL":
        rows = [p for p in rows if p.state == state]
    if "at" in call.query:
        rows = [p for p in rows if (p.from_ref if outgoing else p.to_ref) == call.query["at"]]
    if "draft" in call.query and call.version.has_drafts:
        rows = [p for p in rows if p.draft == flag(call, "draft", "false")]
    by = (lambda p: p.id) if call.bitbucket.options.newest_by == "created" else (lambda p: (p.updated, p.id))
    rows.sort(key=by, reverse=order != "OLDEST")
    with_properties = flag(call, "withProperties", "true")
    return call.page(rows, lambda p: review_shapes.pull_request(call.shapes, p, with_properties), cap(call))


def from_repository(call, repository):
    return [p for target in call.world.repositories.values() for p in target.pull_requests.values()
            if p.from_repository is repository and call.may_see(target)]


def find(call, key, slug, number):
    repository = call.repository(key, slug)
    found = repository.pull_requests.get(int(number))
    if found is None:
        raise no_such("PullRequest", f"There is no pull request {number} in "
                                     f"{repository.project.key}/{repository.slug}.")
    return found


def pull_request(call, key, slug, number):
    with_properties = call.version.has_properties_on_single_pull_request
    return json_answer(review_shapes.pull_request(call.shapes, find(call, key, slug, number), with_properties))


def activities(call, key, slug, number):
    found = find(call, key, slug, number)
    rows = found.activities[::-1]
    return call.page(rows, lambda entry: review_shapes.activity(call.shapes, found, entry), cap=500)


def commits(call, key, slug, number):
    found = find(call, key, slug, number)
    return call.page(found.commits(), lambda sha: call.shapes.commit(found.repository, sha), values_first=True)


def changes(call, key, slug, number):
    """What the source changed since it left the target. Whoever asks has Git make the head."""
    found = find(call, key, slug, number)
    rows = looked_at(found)
    return call.page(rows, lambda row: {"path": path_shape(row[0]), "type": row[1], "nodeType": "FILE"})


def diff(call, key, slug, number):
    found = find(call, key, slug, number)
    rows = [{"source": None if kind == "ADD" else path_shape(path), "hunks": [], "truncated": True,
             "destination": None if kind == "DELETE" else path_shape(path)} for path, kind in looked_at(found)]
    return json_answer({"fromHash": found.from_commit, "toHash": found.to_commit, "contextLines": 10,
                        "whitespace": "SHOW", "diffs": rows, "truncated": True})


def looked_at(pull):
    git = pull.repository.git
    review.show_changes(pull)
    git.flush()
    changed = git.merge_changes(pull.to_commit, pull.from_commit)
    before = git.store.commits[pull.to_commit].files
    return [(path, "DELETE" if content is None else "MODIFY" if path in before else "ADD")
            for path, content in changed.items()]


def participants(call, key, slug, number):
    found = find(call, key, slug, number)
    rows = [found.author, *found.reviewers, *found.participants]
    return call.page(rows, lambda person: review_shapes.participant(call.shapes, person))
