"""The JSON of pull requests, their activities and comments, as each version writes it."""

from diffs import diff_shape, path_shape


def participant(shapes, person):
    shape = {"user": shapes.user(person.user)}
    if person.last_reviewed_commit:
        shape["lastReviewedCommit"] = person.last_reviewed_commit
    return shape | {"role": person.role, "approved": person.status == "APPROVED", "status": person.status}


def pull_request_ref(shapes, ref, commit, repository):
    shape = {"id": ref, "displayId": ref.removeprefix("refs/heads/"), "latestCommit": commit}
    if shapes.version.has_ref_types:
        shape["type"] = "BRANCH"
    if repository:
        shape["repository"] = shapes.repository(repository)
    return shape


def pull_request(shapes, pull, with_properties=True):
    shape = {"id": pull.id, "version": pull.version, "title": pull.title}
    if pull.description:
        shape["description"] = pull.description
    shape |= {"state": pull.state, "open": pull.state == "OPEN", "closed": pull.state != "OPEN"}
    if shapes.version.has_drafts:
        shape["draft"] = pull.draft
    shape |= {"createdDate": shapes.date(pull.created), "updatedDate": shapes.date(pull.updated)}
    if pull.closed:
        shape["closedDate"] = shapes.date(pull.closed)
    shape |= {
        "fromRef": pull_request_ref(shapes, pull.from_ref, pull.from_commit, pull.from_repository),
        "toRef": pull_request_ref(shapes, pull.to_ref, pull.to_commit, pull.repository),
        "locked": False,
        "author": participant(shapes, pull.author),
        "reviewers": [participant(shapes, p) for p in pull.reviewers],
        "participants": [participant(shapes, p) for p in pull.participants]}
    if with_properties:
        shape["properties"] = properties(shapes, pull)
    repository = pull.repository
    return shape | {"links": shapes.self_link(*shapes.project_path(repository.project), "repos", repository.slug,
                                              "pull-requests", str(pull.id))}


def properties(shapes, pull):
    shape = {}
    if pull.state == "OPEN":
        outcome = "CONFLICTED" if pull.id % 7 == 0 else "CLEAN"
        shape["mergeResult"] = {"outcome": outcome, "current": True}
    if pull.shows_merge_commit:
        shape["mergeCommit"] = shapes.minimal_commit(pull.merge_commit)
    comments = [c for c in pull.comments() if not is_task(shapes, c)]
    tasks = [c for c in pull.comments() if c.severity == "BLOCKER"]
    shape["resolvedTaskCount"] = sum(t.state == "RESOLVED" for t in tasks)
    # A server says nothing of comments where there are none.
    if comments:
        shape["commentCount"] = len(comments)
    shape["openTaskCount"] = sum(t.state == "OPEN" for t in tasks)
    return shape


def is_task(shapes, comment):
    """Before 7.0 what is now a BLOCKER reply was a task on the comment above it."""
    return comment.severity == "BLOCKER" and not shapes.version.has_blocker_comments


def comment_head(shapes, pull, comment):
    return {"properties": {"repositoryId": pull.repository.id}, "id": comment.id, "version": comment.version,
            "text": comment.text, "author": shapes.user(comment.author),
            "createdDate": shapes.date(comment.created), "updatedDate": shapes.date(comment.updated)}


def comment(shapes, pull, comment_):
    replies = [c for c in comment_.replies if not is_task(shapes, c)]
    shape = comment_head(shapes, pull, comment_) | {"comments": [comment(shapes, pull, c) for c in replies]}
    allowed = {"editable": False, "deletable": False}
    if not shapes.version.has_blocker_comments:
        tasks = [c for c in comment_.replies if is_task(shapes, c)]
        shape["tasks"] = [task(shapes, pull, t) for t in tasks]
        return shape | {"permittedOperations": allowed}
    if shapes.version.has_resolved_threads:
        shape["threadResolved"] = comment_.thread_resolved is not None
        if comment_.thread_resolved:
            shape |= {"threadResolvedDate": shapes.date(comment_.thread_resolved),
                      "threadResolver": shapes.user(comment_.resolver)}
    shape |= {"severity": comment_.severity, "state": comment_.state}
    if comment_.resolved:
        shape |= {"resolvedDate": shapes.date(comment_.resolved), "resolver": shapes.user(comment_.resolver)}
    if comment_.severity == "BLOCKER":
        allowed["transitionable"] = True
    return shape | {"permittedOperations": allowed}


def task(shapes, pull, comment_):
    anchor = comment_head(shapes, pull, comment_.parent) | {
        "permittedOperations": {"editable": False, "deletable": False}, "type": "COMMENT"}
    return {"anchor": anchor, "author": shapes.user(comment_.author), "createdDate": shapes.date(comment_.created),
            "id": comment_.id, "text": comment_.text, "state": comment_.state,
            "permittedOperations": {"deletable": True, "editable": True, "transitionable": True}}


def anchor(shapes, anchor_):
    shape = {"fromHash": anchor_.from_hash, "toHash": anchor_.to_hash}
    if anchor_.line:
        shape |= {"line": anchor_.line, "lineType": anchor_.line_type}
    path = path_shape if shapes.version.has_path_objects else str
    shape |= {"fileType": anchor_.file_type, "path": path(anchor_.path), "diffType": anchor_.diff_type,
              "orphaned": anchor_.orphaned}
    if anchor_.src_path:
        shape["srcPath"] = path(anchor_.src_path)
    if anchor_.start_line and shapes.version.since(8, 13):
        shape["multilineMarker"] = {"startLine": anchor_.start_line, "startLineType": anchor_.line_type}
    return shape


def rescope_commits(shapes, repository, commits):
    return {"commits": [shapes.commit(repository, sha) for sha in commits], "total": len(commits)}


def rescope(shapes, repository, moved):
    return {"fromHash": moved.from_hash, "previousFromHash": moved.previous_from_hash,
            "previousToHash": moved.previous_to_hash, "toHash": moved.to_hash,
            "added": rescope_commits(shapes, repository, moved.added),
            "removed": rescope_commits(shapes, repository, moved.removed)}


def activity(shapes, pull, entry):
    shape = {"id": entry.id, "createdDate": shapes.date(entry.created), "user": shapes.user(entry.user),
             "action": entry.action}
    if entry.comment:
        shape |= {"commentAction": "ADDED", "comment": comment(shapes, pull, entry.comment)}
    if entry.anchor:
        shape |= {"commentAnchor": anchor(shapes, entry.anchor), "diff": diff_shape(pull.repository, entry)}
    if entry.added_reviewers is not None:
        shape |= {"addedReviewers": [shapes.user(u) for u in entry.added_reviewers],
                  "removedReviewers": [shapes.user(u) for u in entry.removed_reviewers]}
    if entry.rescope:
        shape |= rescope(shapes, pull.repository, entry.rescope)
    if entry.commit:
        shape["commit"] = shapes.commit(pull.repository, entry.commit, with_parents=True)
    return shape | (entry.extra or {})
