"""Holds every row of a store against what the fake Bitbucket Server knows to be true."""

import json

# What our tables say, in the words of the truth.
QUERIES = {
    "organization": """SELECT id, key, name, description,
        CASE personal WHEN 1 THEN 'personal' ELSE 'project' END AS kind
        FROM organization WHERE connection = ? AND listed = 1""",
    "repository": """SELECT id, organization_id, slug, path, name, description, archived, state,
        origin_id AS parent_id, public FROM repository WHERE connection = ? AND listed = 1""",
    "git_ref": "SELECT repository_id, name, sha FROM git_ref WHERE connection = ?",
    "git_commit": """SELECT repository_id, sha, parents, author_name, author_email, authored_at, author_tz,
        committed_at, subject, files, insertions, deletions
        FROM git_commit WHERE connection = ? AND reachable = 1""",
    "pull_request": """SELECT repository_id, number, title, description, state, draft, author_id, created_at,
        updated_at, closed_at, from_ref, from_commit AS from_sha, from_repository_id, to_ref,
        to_commit AS to_sha, merge_commit, comment_count, open_task_count, resolved_task_count,
        files, insertions, deletions
        FROM pull_request WHERE connection = ?""",
    "pull_request_reviewer": """SELECT repository_id, pull_request_number, person_id, state AS status,
        last_reviewed_commit FROM pull_request_reviewer WHERE connection = ?""",
    "pull_request_commit": """SELECT repository_id, pull_request_number, position, sha
        FROM pull_request_commit WHERE connection = ?""",
    "activity": """SELECT CASE WHEN id > 0 THEN id END AS id, repository_id, pull_request_number,
        coalesce(action_name, action) AS action,
        actor_id, created_at, merge_commit AS "commit", path, src_path, line, line_type, file_type, diff_type,
        orphaned, from_commit AS from_hash, to_commit AS to_hash, previous_from_commit AS previous_from_hash,
        previous_to_commit AS previous_to_hash, added_commits AS added, removed_commits AS removed,
        added_reviewers, removed_reviewers, comment_id, parent_comment_id, text, severity, comment_state,
        comment_version, updated_at AS comment_updated_at, resolved_at, resolver_id, raw AS extra
        FROM activity WHERE connection = ?""",
    "person": """SELECT id, name, slug, display_name, email, active,
        CASE service WHEN 1 THEN 'SERVICE' ELSE 'NORMAL' END AS type FROM person WHERE connection = ?""",
}
BOOLEANS = ("archived", "public", "draft", "active", "orphaned")
# Of an anchor; the truth repeats the place of a thread in each reply, the server tells it once.
PLACE = ("path", "src_path", "line", "line_type", "file_type", "diff_type", "from_hash", "to_hash")
# What every entry of a feed has; the rest of an unknown action is in its JSON only.
COMMON = {"id", "createdDate", "user", "action"}


def extra_of(told):
    """The members that only an unknown action has, of its JSON or as the truth tells them."""
    if not isinstance(told, str):
        return told
    return {name: value for name, value in json.loads(told).items() if name not in COMMON}


def listed(told, kind=str):
    return [] if told is None else [kind(one) for one in told.split()] if isinstance(told, str) else told


def normal(table, row):
    """One row so that both sides can be compared: what either says in a way of its own is evened out."""
    row = dict(row)
    for name in BOOLEANS:
        if name in row:
            row[name] = None if row[name] is None else bool(row[name])
    if table == "activity":
        if row["parent_comment_id"]:
            row.update(dict.fromkeys(PLACE), orphaned=False)
        if row["comment_id"] is None and row["parent_comment_id"] is None:
            row.update(severity=None, comment_state=None)
        elif row["severity"] is None:
            row["severity"] = "NORMAL"
        resolved = row.pop("thread_resolved_at", None)
        row["resolved_at"] = row["resolved_at"] or resolved
        if row["resolved_at"] is None:
            row["resolver_id"] = None  # versions before 8 do not tell of resolved threads
        row.update(added_reviewers=listed(row["added_reviewers"], int), added=listed(row["added"]),
                   removed_reviewers=listed(row["removed_reviewers"], int), removed=listed(row["removed"]),
                   extra=extra_of(row["extra"]))
    return row


def rows_of(table, rows, columns):
    columns = [*columns, *(name for name in ("thread_resolved_at",) if rows and name in rows[0])]
    wanted = [normal(table, {name: row[name] for name in columns}) for row in rows]
    return sorted(wanted, key=lambda row: [str(value) for value in row.values()])


def forget_sizes(mine, wanted):
    """Where Git has never offered the head, nobody can tell the size; who once had it, may."""
    unknown = {(row["repository_id"], row["number"]) for row in mine if row["files"] is None}
    for row in wanted:
        if not row["head_offered"] and (row["repository_id"], row["number"]) in unknown:
            row.update(files=None, insertions=None, deletions=None)


def differences(host, connection, truth, repositories=None, tables=QUERIES):
    """Lines that say where the store and the truth differ; none when they are equal."""
    told = []
    for table in tables:
        mine = [row for row in host.rows(QUERIES[table], connection)
                if repositories is None or row.get("repository_id", None) in {None, *repositories}]
        wanted = [row for row in truth[table]
                  if repositories is None or "repository_id" not in row or row["repository_id"] in repositories]
        if table == "person":
            seen = {row["id"] for row in mine}
            wanted = [row for row in wanted if row["id"] in seen]
        if table == "pull_request":
            forget_sizes(mine, wanted)
        columns = list(mine[0]) if mine else []
        mine, wanted = rows_of(table, mine, columns), rows_of(table, wanted, columns)
        if len(mine) != len(wanted):
            told.append(f"{table}: {len(mine)} rows, truth has {len(wanted)}")
        told += [f"{table}: {a} is not {b}" for a, b in zip(mine, wanted) if a != b][:5]
    return told
