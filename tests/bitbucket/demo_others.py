"""The smaller repositories of the demo world."""

from demo_files import README


def build(demo, platform, mobile, secret, umlauts):
    web(demo.story(demo.repository(platform, "web", default_branch="refs/heads/develop")))
    docs = demo.repository(platform, "docs", description="For everyone to read", public=True)
    with_pull_requests(demo.story(docs), 4, "mira", "amara")
    legacy = demo.repository(platform, "legacy-import", archived=True)
    with_pull_requests(demo.story(legacy), 1, "gone.person", "jdoe")
    demo.repository(platform, "empty")
    plain(demo, platform, "Build Tools 50% off", "kenji")
    ios = demo.repository(mobile, "ios")
    with_pull_requests(demo.story(ios), 3, "kenji", "jdoe")
    plain(demo, mobile, "android", "jdoe")
    plain(demo, mobile, "shared.ui_kit", "mira", archived=True)
    vault = demo.repository(secret, "vault", description="Keys")
    with_pull_requests(demo.story(vault), 2, "mira", "jdoe")
    plain(demo, secret, "payroll", "mira")
    plain(demo, umlauts, "Über uns", "amara", description="Größe, Maß & “Gewicht”\n100 %")
    plain(demo, demo.world.personal_project(demo.people["jdoe"]), "notes", "jdoe")
    plain(demo, demo.world.personal_project(demo.people["first.last"]), "dotfiles", "first.last")


def plain(demo, project, name, author, **more):
    story = demo.story(demo.repository(project, name, **more))
    story.commit(author, "Initial commit", {"README.md": README})
    story.commit(author, "Second commit", {"notes.txt": "one\ntwo\n"})


def with_pull_requests(story, count, author, reviewer):
    story.commit(author, "Initial commit", {"README.md": README})
    for number in range(1, count + 1):
        branch = f"change-{number}"
        story.commit(author, f"Change {number}", {f"file{number}.txt": f"{number}\n"}, branch=branch)
        pull = story.open(author, f"Change {number}", branch, [reviewer])
        story.comment(pull, reviewer, "See below.")
        story.review(pull, reviewer)
        if number % 2:
            story.merge(pull, reviewer)


def web(story):
    """Its default branch is develop, and its pull requests go to either branch."""
    story.commit("jdoe", "Initial commit", {"index.html": "<h1>web</h1>\n"})
    story.git.set_ref("refs/heads/develop", story.head("main"))
    story.commit("jdoe", "Start", {"app.js": "start();\n"}, branch="develop")
    for number in range(1, 7):
        author, reviewer = (("amara", "jdoe"), ("jdoe", "kenji"))[number % 2]
        branch = f"feature/WEB-{number}"
        story.git.set_ref(f"refs/heads/{branch}", story.head("develop"))
        story.commit(author, f"WEB-{number} page", {f"page{number}.html": f"<p>{number}</p>\n"}, branch=branch)
        target = "refs/heads/main" if number == 6 else "refs/heads/develop"
        pull = story.open(author, f"WEB-{number} page", branch, [reviewer], to_ref=target)
        story.review(pull, reviewer, "NEEDS_WORK" if number == 3 else "APPROVED")
        if number in (1, 2, 6):
            story.merge(pull, reviewer)
