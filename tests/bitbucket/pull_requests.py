"""Pull requests as data: participants, activities, comments, anchors."""

from dataclasses import dataclass, field

from world import Repository, User


@dataclass(eq=False)
class Participant:
    user: User
    role: str
    status: str = "UNAPPROVED"
    last_reviewed_commit: str | None = None


@dataclass(eq=False)
class Anchor:
    path: str
    from_hash: str
    to_hash: str
    # A comment on the whole file has neither line nor line type.
    line: int | None = None
    line_type: str | None = None
    file_type: str = "TO"
    diff_type: str = "EFFECTIVE"
    orphaned: bool = False
    start_line: int | None = None
    # Where the file was before a rename.
    src_path: str | None = None


@dataclass(eq=False)
class Comment:
    id: int
    author: User
    text: str
    created: int
    updated: int
    version: int = 0
    severity: str = "NORMAL"
    state: str = "OPEN"
    resolved: int | None = None
    resolver: User | None = None
    thread_resolved: int | None = None
    parent: "Comment | None" = None
    replies: list = field(default_factory=list)

    def thread(self):
        yield self
        for reply in self.replies:
            yield from reply.thread()


@dataclass(eq=False)
class Rescope:
    from_hash: str
    previous_from_hash: str
    to_hash: str
    previous_to_hash: str
    added: list
    removed: list


@dataclass(eq=False)
class Activity:
    id: int
    action: str
    user: User
    created: int
    comment: Comment | None = None
    anchor: Anchor | None = None
    commit: str | None = None
    rescope: Rescope | None = None
    added_reviewers: list | None = None
    removed_reviewers: list | None = None
    # Members of an action that only newer or other servers know.
    extra: dict | None = None


@dataclass(eq=False)
class PullRequest:
    id: int
    repository: Repository
    # None once the fork is gone.
    from_repository: Repository | None
    from_ref: str
    from_commit: str
    to_ref: str
    to_commit: str
    title: str
    description: str | None
    author: Participant
    created: int
    updated: int
    draft: bool = False
    version: int = 0
    state: str = "OPEN"
    closed: int | None = None
    merge_commit: str | None = None
    shows_merge_commit: bool = False
    reviewers: list = field(default_factory=list)
    participants: list = field(default_factory=list)
    activities: list = field(default_factory=list)

    def involved(self, user):
        everyone = [self.author, *self.reviewers, *self.participants]
        return next((p for p in everyone if p.user is user), None)

    def comments(self):
        for activity in self.activities:
            if activity.comment:
                yield from activity.comment.thread()

    def comment_with_id(self, number):
        return next((c for c in self.comments() if c.id == number), None)

    def commits(self):
        return self.repository.git.rev_list(self.from_commit, self.to_commit)
