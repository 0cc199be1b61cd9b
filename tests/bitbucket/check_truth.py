"""Holds the REST answers, read as a client reads them, against the model."""


def flat_comments(comment):
    yield comment
    for reply in comment["comments"]:
        yield from flat_comments(reply)
    yield from comment.get("tasks", ())


def same(got, wanted, about):
    assert got == wanted, f"{about}: {got!r} is not {wanted!r}"


def hold_against_truth(fake):
    truth = fake.truth()
    for repository in truth["repository"]:
        path = "/projects/{}/repos/{}".format(*repository["path"].split("/"))
        mine = {name: [row for row in truth[name] if row.get("repository_id") == repository["id"]] for name in truth}
        for kind, prefix in (("branches", "refs/heads/"), ("tags", "refs/tags/")):
            refs = {ref["id"]: ref["latestCommit"] for ref in fake.values(f"{path}/{kind}?limit=1000")}
            same(refs, {r["name"]: r["sha"] for r in mine["git_ref"] if r["name"].startswith(prefix)}, path)
        pulls = {p["id"]: p for p in fake.values(f"{path}/pull-requests?state=ALL&limit=100")}
        same(sorted(pulls), sorted(row["number"] for row in mine["pull_request"]), path)
        for row in mine["pull_request"]:
            of_pull = {name: [r for r in mine[name] if r.get("pull_request_number") == row["number"]] for name in mine}
            hold_pull_request(fake, f"{path}/pull-requests/{row['number']}", pulls[row["number"]], row, of_pull)
    return truth


def hold_pull_request(fake, path, pull, row, rows):
    same(pull["properties"].get("commentCount", 0), row["comment_count"], path)
    same(pull["properties"]["openTaskCount"], row["open_task_count"], path)
    same((pull["updatedDate"], pull["version"], pull["state"]), (row["updated_at"], row["version"], row["state"]), path)
    same({p["user"]["id"]: p["status"] for p in pull["reviewers"]},
         {r["person_id"]: r["status"] for r in rows["pull_request_reviewer"]}, path)
    same([c["id"] for c in fake.values(f"{path}/commits")], [c["sha"] for c in rows["pull_request_commit"]], path)
    entries = fake.values(f"{path}/activities?limit=500")
    same([e["id"] for e in entries], [r["id"] for r in rows["activity"] if r["id"]][::-1], path)
    found = {c["id"]: c["text"] for e in entries if "commentAction" in e for c in flat_comments(e["comment"])}
    same(found, {r["comment_id"]: r["text"] for r in rows["activity"] if r["comment_id"]}, path)
