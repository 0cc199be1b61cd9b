"""PLAT/api: the demo repository with more than two pages of everything, and every kind of pull request."""

import demo_discussions
from demo_files import CHANGED_SERVER, LIMITER, LOGO, README, SERVER

AUTHORS = ("jdoe", "first.last", "mira", "kenji", "amara", "gone.person", "nomail", "üser@example.com")


def build(demo, platform):
    api = demo.repository(platform, "api", description="The public API – “v2” & newer")
    story = demo.story(api)
    grow_main(story)
    fork = demo.fork(api, "jdoe", "api")
    merged(story)
    declined_and_reopened(story)
    from_forks(demo, story, fork)
    rescoped(story)
    demo_discussions.build(demo, story)
    many_small_ones(story)
    leave_branches(story)


def grow_main(story):
    notes = "a\nb\n"
    story.commit("jdoe", "Initial commit", {"README.md": README, "src/server.py": SERVER, "docs/old name.txt": notes})
    story.commit("mira", "Add a logo", {"assets/logo.png": LOGO})
    story.commit("kenji", "docs: umbenennen – Größe", {"docs/old name.txt": None, "docs/new name.txt": notes})
    for number in range(1, 25):
        who = AUTHORS[number % len(AUTHORS)]
        story.commit(who, f"Handle case {number}\n\nWith a body,\nover two lines.",
                     {f"src/case_{number:02}.py": f"CASE = {number}\n"}, rebased=number % 6 == 0)
        story.tag(who, f"v0.{number}", annotated=number % 3 != 0)


def merged(story):
    story.commit("first.last", "Add limits", {"src/limits.py": LIMITER}, branch="feature/limits")
    story.commit("first.last", "Test limits", {"tests/test_limits.py": "assert True\n"}, branch="feature/limits")
    pull = story.open("first.last", "Limits for everyone", "feature/limits", ["jdoe", "mira"],
                      description="* Add\r\n* Test")
    story.review(pull, "jdoe")
    story.merge(pull, "jdoe", shows_commit=True)
    story.commit("kenji", "Log slow requests", {"src/log.py": "SLOW = 1\n"}, branch="feature/log/slow")
    pull = story.open("kenji", "Log slow requests", "feature/log/slow", ["amara"])
    story.merge(pull, "amara")
    story.commit("amara", "Close files", {"src/files.py": "closed = True\n"}, branch="bugfix/files")
    story.merge_by_push(story.open("amara", "Close files", "bugfix/files"), "amara")
    for number in range(3):
        story.commit("mira", f"wip {number}", {"src/squash.py": f"STEP = {number}\n"}, branch="feature/squash-größe")
    pull = story.open("mira", "Squash & delete: 50% less noise", "feature/squash-größe", ["kenji"])
    story.review(pull, "kenji")
    story.squash(pull, "mira")
    story.drop("feature/squash-größe")


def declined_and_reopened(story):
    story.commit("nomail", "Rewrite in COBOL", {"src/server.cob": "STOP RUN.\n"}, branch="idea/cobol")
    pull = story.open("nomail", "Rewrite in COBOL", "idea/cobol", ["jdoe"])
    story.review(pull, "jdoe", "NEEDS_WORK")
    story.decline(pull, "jdoe")
    story.commit("gone.person", "Cache answers", {"src/cache.py": "CACHE = {}\n"}, branch="feature/cache")
    pull = story.open("gone.person", "Cache answers", "feature/cache", ["jdoe", "build-bot"])
    story.decline(pull, "gone.person")
    story.reopen(pull, "jdoe")
    story.review(pull, "build-bot")


def from_forks(demo, story, fork):
    forked = demo.story(fork)
    forked.commit("jdoe", "Spell it right", {"README.md": README.replace("teh", "the")}, branch="fix/typo")
    pull = story.open("jdoe", "Fix a typo", "fix/typo", ["mira"], from_repository=fork)
    story.comment(pull, "mira", "Thank you!")
    lost = demo.fork(story.repository, "jdoe", "api-experiments")
    demo.story(lost).commit("jdoe", "Try threads", {"src/threads.py": "THREADS = 4\n"}, branch="threads")
    pull = story.open("jdoe", "Threads", "threads", ["kenji"], from_repository=lost)
    story.decline(pull, "kenji")
    demo.world.delete_repository(lost)


def rescoped(story):
    story.commit("kenji", "Rework the server", {"src/server.py": SERVER + "# first try\n"}, branch="feature/rework")
    pull = story.open("kenji", "Rework the server", "feature/rework", ["jdoe", "amara"])
    story.review(pull, "jdoe")
    old_anchor = story.anchor(pull, "src/server.py", "ADDED", orphaned=True)
    story.comment(pull, "amara", "This line will be gone.", anchor=old_anchor)
    story.commit("kenji", "Rework more", {"src/more.py": "MORE = 1\n"}, branch="feature/rework")
    story.rescope(pull, "kenji")
    story.restart("feature/rework")
    story.commit("kenji", "Rework the server, second try", {"src/server.py": CHANGED_SERVER}, branch="feature/rework")
    story.rescope(pull, "kenji")
    story.commit("jdoe", "A fix on main meanwhile", {"src/fix.py": "FIXED = True\n"})
    story.rescope(pull, "jdoe")


def many_small_ones(story):
    for number in range(1, 13):
        who, other = AUTHORS[number % len(AUTHORS)], AUTHORS[(number + 3) % len(AUTHORS)]
        branch = f"task/{number:02}"
        story.commit(who, f"Task {number}", {f"src/task_{number:02}.py": f"TASK = {number}\n"}, branch=branch)
        pull = story.open(who, f"Task {number}", branch, [other])
        story.comment(pull, other, f"Looking at task {number}.")
        if number % 3:
            story.review(pull, other)
            story.merge(pull, other, shows_commit=number % 2 == 0)


def leave_branches(story):
    for number in range(1, 9):
        story.git.set_ref(f"refs/heads/release/0.{number}", story.git.refs[f"refs/tags/v0.{number}"])
