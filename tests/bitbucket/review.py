"""What people do to pull requests, and the activities that Bitbucket records of it.

Comments and reviews move neither `updated` nor `version`: a client that looks at those alone misses them.
"""

from pull_requests import Activity, Comment, Participant, PullRequest, Rescope

REVIEW_ACTIONS = {"APPROVED": "APPROVED", "NEEDS_WORK": "REVIEWED", "UNAPPROVED": "UNAPPROVED"}


def record(world, pull_request, action, user, when, **details):
    activity = Activity(world.new_activity_id(), action, user, when, **details)
    pull_request.activities.append(activity)
    world.changed()
    return activity


def open_pull_request(world, repository, author, title, from_ref, *, to_ref=None, from_repository=None,
                      description=None, reviewers=(), draft=False, when=None):
    when = when or world.now()
    source = from_repository or repository
    to_ref = to_ref or repository.default_branch
    repository.last_pull_request += 1
    pull_request = PullRequest(
        repository.last_pull_request, repository, source, from_ref, source.git.refs[from_ref],
        to_ref, repository.git.refs[to_ref], title, description, Participant(author, "AUTHOR"), when, when,
        draft=draft, reviewers=[Participant(user, "REVIEWER") for user in reviewers])
    repository.pull_requests[pull_request.id] = pull_request
    keep_source(world, pull_request)
    # On the real server the activity is a few dozen milliseconds younger than the pull request, too.
    record(world, pull_request, "OPENED", author, when + 67)
    return pull_request


def keep_source(world, pull_request):
    """Commits of deleted branches and forks stay reachable by this hidden ref alone."""
    if not world.version.has_lazy_pull_request_heads:
        show_changes(pull_request)


def show_changes(pull_request):
    git, ref = pull_request.repository.git, f"refs/pull-requests/{pull_request.id}/from"
    if git.refs.get(ref) != pull_request.from_commit:
        git.set_ref(ref, pull_request.from_commit)


def take_part(pull_request, user):
    if not pull_request.involved(user):
        pull_request.participants.append(Participant(user, "PARTICIPANT"))


def comment(world, pull_request, user, text, *, anchor=None, severity="NORMAL", when=None):
    when = when or world.now()
    take_part(pull_request, user)
    if anchor:
        show_changes(pull_request)
    written = Comment(world.new_comment_id(), user, text, when, when, severity=severity)
    record(world, pull_request, "COMMENTED", user, when + written.id % 2, comment=written, anchor=anchor)
    return written


def reply(world, pull_request, parent, user, text, *, severity="NORMAL", when=None):
    """A reply uses up an activity id, but the feed never shows it."""
    when = when or world.now()
    take_part(pull_request, user)
    world.new_activity_id()
    written = Comment(world.new_comment_id(), user, text, when, when, severity=severity, parent=parent)
    parent.replies.append(written)
    world.changed()
    return written


def edit_comment(world, edited, text, when=None):
    edited.text = text
    edited.version += 1
    edited.updated = when or world.now()
    world.changed()


def delete_comment(world, pull_request, deleted):
    if deleted.replies:
        raise ValueError("a comment with replies cannot be deleted")
    if deleted.parent:
        deleted.parent.replies.remove(deleted)
    else:
        pull_request.activities = [a for a in pull_request.activities if a.comment is not deleted]
    world.changed()


def set_comment_state(world, changed, state, user, when=None):
    changed.state = state
    changed.version += 1
    changed.resolved, changed.resolver = (when or world.now(), user) if state == "RESOLVED" else (None, None)
    world.changed()


def resolve_thread(world, root, user, when=None):
    root.thread_resolved, root.resolver = when or world.now(), user
    world.changed()


def review(world, pull_request, user, status, when=None):
    take_part(pull_request, user)
    participant = pull_request.involved(user)
    if participant.role == "PARTICIPANT":
        pull_request.participants.remove(participant)
        participant.role = "REVIEWER"
        pull_request.reviewers.append(participant)
    participant.status = status
    participant.last_reviewed_commit = pull_request.from_commit
    return record(world, pull_request, REVIEW_ACTIONS[status], user, when or world.now())


def update(world, pull_request, user, *, title=None, description=None, draft=None, add=(), remove=(), when=None):
    when = when or world.now()
    pull_request.draft = pull_request.draft if draft is None else draft
    pull_request.title = title or pull_request.title
    pull_request.description = description or pull_request.description
    pull_request.reviewers = [p for p in pull_request.reviewers if p.user not in remove]
    for added in add:
        pull_request.participants = [p for p in pull_request.participants if p.user is not added]
        pull_request.reviewers.append(Participant(added, "REVIEWER"))
    move_on(pull_request, when, 1)
    return record(world, pull_request, "UPDATED", user, when,
                  added_reviewers=list(add), removed_reviewers=list(remove))


def move_on(pull_request, when, versions):
    pull_request.updated = when
    pull_request.version += versions


def rescope(world, pull_request, user, *, from_commit=None, to_commit=None, when=None):
    """The source was pushed to (or, with only a new to_commit, the target)."""
    when = when or world.now()
    git = pull_request.repository.git
    before = pull_request.commits()
    old_from, old_to = pull_request.from_commit, pull_request.to_commit
    pull_request.from_commit = from_commit or old_from
    pull_request.to_commit = to_commit or old_to
    after = git.rev_list(pull_request.from_commit, pull_request.to_commit)
    same_source = pull_request.from_commit == old_from
    added = [] if same_source else [sha for sha in after if sha not in before]
    removed = [] if same_source else [sha for sha in before if sha not in after]
    move_on(pull_request, when, 0)
    keep_source(world, pull_request)
    return record(world, pull_request, "RESCOPED", user, when, rescope=Rescope(
        pull_request.from_commit, old_from, pull_request.to_commit, old_to, added, removed))


def close(world, pull_request, user, state, when, versions, **details):
    pull_request.state, pull_request.closed = state, when
    move_on(pull_request, when, versions)
    return record(world, pull_request, state, user, when, **details)


def merge(world, pull_request, user, commit, *, shows_commit=False, when=None):
    """`commit` is None when the merge came by a push, from outside."""
    pull_request.merge_commit, pull_request.shows_merge_commit = commit, shows_commit
    return close(world, pull_request, user, "MERGED", when or world.now(), 2, commit=commit)


def decline(world, pull_request, user, when=None):
    return close(world, pull_request, user, "DECLINED", when or world.now(), 1)


def reopen(world, pull_request, user, when=None):
    when = when or world.now()
    pull_request.state, pull_request.closed = "OPEN", None
    move_on(pull_request, when, 1)
    return record(world, pull_request, "REOPENED", user, when)
