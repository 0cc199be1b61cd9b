"""The pull requests of PLAT/api whose subject is what people said and did in them."""

import review
from demo_files import CHANGED_SERVER, LIMITER
from pull_requests import Anchor


def build(demo, story):
    long_discussion(story)
    draft(demo, story)
    reviewers_come_and_go(story)
    threads(story)
    inline(story)
    tasks(story)
    many_commits(story)
    strangers(story)
    newest_actions(demo, story)


def long_discussion(story):
    story.commit("mira", "Rate limiter", {"src/limiter.py": LIMITER}, branch="feature/rate-limiter")
    pull = story.open("mira", "Rate limiter", "feature/rate-limiter", ["jdoe", "kenji", "üser@example.com"],
                      description="Für alle: 5 Anfragen/s.\n\n```\nLIMIT = 60\n```")
    for number in range(1, 64):
        who = ("jdoe", "kenji", "amara", "mira")[number % 4]
        if number % 16 == 0:
            story.review(pull, "jdoe", "NEEDS_WORK" if number % 32 else "APPROVED")
        else:
            root = story.comment(pull, who, f"Remark {number}: ½ of it is “fine” 🙂")
            if number % 10 == 0:
                story.reply(pull, root, "mira", f"Answer to remark {number}")


def draft(demo, story):
    story.commit("amara", "Sketch", {"src/sketch.py": "SKETCH = 1\n"}, branch="draft/sketch")
    story.open("amara", "Sketch of a plan", "draft/sketch", draft=demo.world.version.has_drafts)


def reviewers_come_and_go(story):
    story.commit("jdoe", "Metrics", {"src/metrics.py": "METRICS = []\n"}, branch="feature/metrics")
    pull = story.open("jdoe", "Metrics", "feature/metrics", ["kenji"])
    story.update(pull, "jdoe", add=["mira", "first.last"], remove=["kenji"])
    story.update(pull, "jdoe", title="Metrics, at last", description="Counts things.")
    story.review(pull, "mira")
    story.review(pull, "mira", "UNAPPROVED")
    story.review(pull, "first.last", "NEEDS_WORK")
    story.review(pull, "amara")
    story.update(pull, "jdoe", remove=["first.last"])
    story.review(pull, "mira")


def threads(story):
    story.commit("kenji", "Retry", {"src/retry.py": "RETRIES = 3\n"}, branch="feature/retry")
    pull = story.open("kenji", "Retry", "feature/retry", ["jdoe"])
    parent = story.comment(pull, "jdoe", "Why three?")
    answers = (("kenji", "Two was too few."), ("jdoe", "And four?"), ("kenji", "Too many."), ("amara", "Agreed."))
    for who, text in answers:
        parent = story.reply(pull, parent, who, text)
    edited = story.comment(pull, "amara", "Looks odd")
    review.edit_comment(story.world, edited, "Looks odd, but works\n\n> quoted", story.clock.tick())
    review.edit_comment(story.world, edited, "Looks odd, but works.\n\n> quoted", story.clock.tick())
    settled = story.comment(pull, "mira", "Settled in person.")
    review.resolve_thread(story.world, settled, story.people["jdoe"], story.clock.tick())
    deleted = story.comment(pull, "mira", "Never mind")
    review.delete_comment(story.world, pull, deleted)


def inline(story):
    story.commit("first.last", "Reorder steps", {"src/server.py": CHANGED_SERVER, "docs/new name.txt": None,
                                                 "docs/größer/new name.txt": "a\nb\nc\n"}, branch="feature/steps")
    pull = story.open("first.last", "Reorder steps", "feature/steps", ["jdoe"])
    path = "src/server.py"
    for kind in ("ADDED", "REMOVED", "CONTEXT"):
        root = story.comment(pull, "jdoe", f"About an {kind} line", anchor=story.anchor(pull, path, kind))
        story.reply(pull, root, "first.last", "I see.")
    story.comment(pull, "jdoe", "Two lines", anchor=story.anchor(pull, path, "ADDED", 1, start_line=10))
    ends = pull.to_commit, pull.from_commit
    story.comment(pull, "mira", "The whole file", anchor=Anchor(path, *ends, diff_type="COMMIT"))
    moved = Anchor("docs/größer/new name.txt", *ends, 3, "ADDED", diff_type="RANGE", src_path="docs/new name.txt")
    story.comment(pull, "mira", "Moved, and longer", anchor=moved)


def tasks(story):
    story.commit("mira", "Validate input", {"src/validate.py": "VALID = True\n"}, branch="feature/validate")
    pull = story.open("mira", "Validate input", "feature/validate", ["jdoe"])
    root = story.comment(pull, "jdoe", "Two things to do")
    story.reply(pull, root, "jdoe", "Add a test", severity="BLOCKER")
    answer = story.reply(pull, root, "mira", "Where?")
    story.reply(pull, answer, "jdoe", "Say where", severity="BLOCKER")
    done = story.reply(pull, root, "jdoe", "Rename it", severity="BLOCKER")
    review.set_comment_state(story.world, done, "RESOLVED", story.people["mira"], story.clock.tick())
    if story.world.version.has_blocker_comments:
        story.comment(pull, "kenji", "Blocked until the release", severity="BLOCKER")
        done = story.comment(pull, "kenji", "Ask the lawyers", severity="BLOCKER")
        review.set_comment_state(story.world, done, "RESOLVED", story.people["kenji"], story.clock.tick())


def many_commits(story):
    for number in range(1, 25):
        story.commit("amara", f"Step {number} of 24", {"src/steps.py": f"STEP = {number}\n"}, branch="feature/24-steps")
    pull = story.open("amara", "One step after the other", "feature/24-steps", ["kenji"])
    story.review(pull, "kenji")


def strangers(story):
    story.commit("gone.person", "Old habits", {"src/habits.py": "OLD = True\n"}, branch="feature/habits")
    pull = story.open("gone.person", "Old habits", "feature/habits", ["gone.person", "nomail", "build-bot"])
    story.comment(pull, "gone.person", "I will be gone soon.")
    story.comment(pull, "nomail", "No address, still an opinion.")
    story.comment(pull, "build-bot", "Build #1 failed")
    story.review(pull, "nomail")


def newest_actions(demo, story):
    version = demo.world.version
    story.commit("kenji", "Automatic", {"src/auto.py": "AUTO = True\n"}, branch="feature/auto")
    pull = story.open("kenji", "Merges itself", "feature/auto", ["jdoe"], draft=version.has_drafts)
    if version.has_drafts:
        story.update(pull, "kenji", draft=False)
    if version.has_review_activities:
        for action in ("REVIEW_COMMENTED", "REVIEW_DISCARDED", "REVIEW_FINISHED"):
            story.record(pull, "jdoe", action)
        # The names that are known elsewhere mean something else here.
        story.record(pull, "kenji", "TELEPORTED", extra={
            "to": {"planet": "Mars \u2013 \"red\"", "at": [1, None, 2.5]}, "comment": "none", "commit": ["x"],
            "fromHash": 7, "addedReviewers": {"id": 1}})
    if version.has_auto_merge:
        for action in ("AUTO_MERGE_REQUESTED", "AUTO_MERGE_CANCELLED", "AUTO_MERGE_REQUESTED"):
            story.record(pull, "kenji", action)
    story.record(pull, "kenji", "DELETED")
    story.review(pull, "jdoe")
    story.merge(pull, "kenji")
