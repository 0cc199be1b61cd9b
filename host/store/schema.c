/* schema.c - the tables, and the one way from each version of them to the next
 *
 * Every key begins with the connection's name; then come the provider's own ids.  Times are
 * milliseconds since 1970 UTC; yes and no are 1 and 0; NULL is "not known".
 */
#include "store/store.h"
#include "store/views.h"

static const char version_1[] =
    "CREATE TABLE connection ("
    " name TEXT PRIMARY KEY,"
    " provider TEXT,"
    " owner TEXT,"
    " listed_at BIGINT," /* last complete listing */
    " problem TEXT,"     /* of its file, which is then not in force */
    " problem_since BIGINT);"

    "CREATE TABLE organization ("
    " connection TEXT NOT NULL,"
    " id BIGINT NOT NULL,"
    " key TEXT NOT NULL,"
    " name TEXT,"
    " description TEXT,"
    " personal BIGINT NOT NULL,"
    " public BIGINT,"
    " listed BIGINT NOT NULL," /* is in the last complete listing */
    " PRIMARY KEY (connection, id));"

    "CREATE TABLE repository ("
    " connection TEXT NOT NULL,"
    " id BIGINT NOT NULL,"
    " organization_id BIGINT NOT NULL,"
    " path TEXT NOT NULL," /* KEY/slug */
    " slug TEXT,"
    " name TEXT,"
    " description TEXT,"
    " default_branch TEXT,"
    " origin_id BIGINT," /* what a fork was made from */
    " archived BIGINT NOT NULL,"
    " fork BIGINT NOT NULL,"
    " public BIGINT,"
    " state TEXT," /* the server's word, as AVAILABLE; of what it has no more ours: DELETED,
                      FORBIDDEN */
    " state_since BIGINT,"
    " offline BIGINT NOT NULL," /* it is listed, but cannot be read now */
    " web_url TEXT,"
    " listed BIGINT NOT NULL,"
    " unlisted_since BIGINT,"              /* NULL while it is listed */
    " imported BIGINT NOT NULL DEFAULT 0," /* is to be kept up to date */
    " imported_at BIGINT,"
    " imported_by TEXT,"  /* the command, or the line of a connection file */
    " removed_at BIGINT," /* by command: no auto-import by command brings it back */
    " excluded_by TEXT,"  /* the line of a connection file that keeps it out */
    " empty_at BIGINT,"   /* when its Git was seen to hold nothing, last; NULL: it does */
    " PRIMARY KEY (connection, id));"
    "CREATE INDEX repository_path ON repository (connection, path);"
    "CREATE INDEX repository_organization ON repository (connection, organization_id);"

    "CREATE TABLE repository_alias (" /* paths that repositories had before */
    " connection TEXT NOT NULL,"
    " repository_id BIGINT NOT NULL,"
    " path TEXT NOT NULL,"
    " until_at BIGINT NOT NULL,"
    " PRIMARY KEY (connection, repository_id, path));"

    "CREATE TABLE auto_import (" /* what was said by command */
    " connection TEXT NOT NULL,"
    " organization_id BIGINT NOT NULL," /* 0: all that the connection sees */
    " is_on BIGINT NOT NULL,"
    " changed_at BIGINT NOT NULL,"
    " PRIMARY KEY (connection, organization_id));"

    "CREATE TABLE removal (" /* what is to be deleted, and is not yet wholly */
    " connection TEXT NOT NULL,"
    " repository_id BIGINT NOT NULL," /* 0: the connection itself, after all of its repositories
                                       */
    " path TEXT NOT NULL,"
    " since BIGINT NOT NULL,"
    " PRIMARY KEY (connection, repository_id));"

    "CREATE TABLE git_ref ("
    " connection TEXT NOT NULL,"
    " repository_id BIGINT NOT NULL,"
    " name TEXT NOT NULL,"
    " sha TEXT NOT NULL," /* of a tag: the commit that it is put on; others are left out */
    " PRIMARY KEY (connection, repository_id, name));"

    "CREATE TABLE pull_request_ref (" /* heads of pull requests, where the server offers them */
    " connection TEXT NOT NULL,"
    " repository_id BIGINT NOT NULL,"
    " name TEXT NOT NULL,"
    " sha TEXT NOT NULL,"
    " PRIMARY KEY (connection, repository_id, name));"

    "CREATE TABLE git_commit ("
    " connection TEXT NOT NULL,"
    " repository_id BIGINT NOT NULL,"
    " sha TEXT NOT NULL,"
    " parents TEXT NOT NULL," /* separated by blanks */
    " author_name TEXT,"
    " author_email TEXT,"
    " authored_at BIGINT,"
    " author_tz TEXT," /* +0200 */
    " committer_name TEXT,"
    " committer_email TEXT,"
    " committed_at BIGINT,"
    " subject TEXT,"
    " files BIGINT," /* these three: against the only parent; of a merge 0 */
    " insertions BIGINT,"
    " deletions BIGINT,"
    " reachable BIGINT NOT NULL," /* by a branch or tag; 0: known from a pull request, or before
                                   */
    " mirrored BIGINT NOT NULL,"  /* the mirror has it */
    " PRIMARY KEY (connection, repository_id, sha));"

    "CREATE TABLE person ("
    " connection TEXT NOT NULL,"
    " id BIGINT NOT NULL,"
    " name TEXT," /* login */
    " slug TEXT,"
    " display_name TEXT,"
    " email TEXT,"
    " active BIGINT NOT NULL,"
    " service BIGINT NOT NULL,"
    " PRIMARY KEY (connection, id));"

    "CREATE TABLE pull_request ("
    " connection TEXT NOT NULL,"
    " repository_id BIGINT NOT NULL,"
    " number BIGINT NOT NULL,"
    " title TEXT,"
    " description TEXT,"
    " state TEXT NOT NULL," /* OPEN, MERGED, DECLINED */
    " draft BIGINT NOT NULL,"
    " author_id BIGINT,"
    " created_at BIGINT,"
    " updated_at BIGINT,"
    " closed_at BIGINT,"
    " from_ref TEXT,"
    " from_commit TEXT,"
    " from_repository_id BIGINT," /* NULL: a fork that is gone */
    " to_ref TEXT,"
    " to_commit TEXT,"
    " merge_commit TEXT,"
    " comment_count BIGINT,"
    " open_task_count BIGINT,"
    " resolved_task_count BIGINT,"
    " web_url TEXT,"
    " revision TEXT,"
    " files BIGINT," /* these three: what it changes; NULL where an end is not known */
    " insertions BIGINT,"
    " deletions BIGINT,"
    " read_at BIGINT," /* from the server, to within some hours */
    " PRIMARY KEY (connection, repository_id, number));"

    "CREATE TABLE pull_request_reviewer ("
    " connection TEXT NOT NULL,"
    " repository_id BIGINT NOT NULL,"
    " pull_request_number BIGINT NOT NULL,"
    " person_id BIGINT NOT NULL,"
    " state TEXT NOT NULL," /* UNAPPROVED, APPROVED, NEEDS_WORK */
    " last_reviewed_commit TEXT,"
    " PRIMARY KEY (connection, repository_id, pull_request_number, person_id));"

    "CREATE TABLE pull_request_commit ("
    " connection TEXT NOT NULL,"
    " repository_id BIGINT NOT NULL,"
    " pull_request_number BIGINT NOT NULL,"
    " position BIGINT NOT NULL," /* 0: the newest */
    " sha TEXT NOT NULL,"
    " PRIMARY KEY (connection, repository_id, pull_request_number, position));"

    "CREATE TABLE activity ("
    " connection TEXT NOT NULL,"
    " repository_id BIGINT NOT NULL,"
    " pull_request_number BIGINT NOT NULL,"
    " id BIGINT NOT NULL," /* below 0: of a reply or task, which have none at the server */
    " action TEXT NOT NULL,"
    " action_name TEXT," /* the server's word, where action is OTHER */
    " actor_id BIGINT,"
    " created_at BIGINT,"
    " comment_id BIGINT,"
    " parent_comment_id BIGINT,"
    " comment_version BIGINT,"
    " updated_at BIGINT,"
    " text TEXT,"
    " severity TEXT,"      /* NORMAL, BLOCKER (a task); this and the next: of comments */
    " comment_state TEXT," /* OPEN, PENDING, RESOLVED */
    " resolved_at BIGINT,"
    " resolver_id BIGINT,"
    " path TEXT,"
    " src_path TEXT,"
    " line BIGINT,"
    " line_type TEXT,"
    " file_type TEXT,"
    " diff_type TEXT,"
    " orphaned BIGINT NOT NULL,"
    " from_commit TEXT,"
    " to_commit TEXT,"
    " previous_from_commit TEXT,"
    " previous_to_commit TEXT,"
    " merge_commit TEXT,"
    " added_commits TEXT," /* lists are separated by blanks */
    " removed_commits TEXT,"
    " added_reviewers TEXT," /* person ids */
    " removed_reviewers TEXT,"
    " raw TEXT," /* JSON of an action that is OTHER */
    " PRIMARY KEY (connection, repository_id, pull_request_number, id));"
    "CREATE INDEX activity_actor ON activity (connection, actor_id, created_at);"

    "CREATE TABLE login_account (" /* whom connections log in as, where */
    " id BIGINT PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE,"
    " salt TEXT NOT NULL);" /* of the fingerprints of its connections' settings */

    "CREATE TABLE login_refusal (" /* nobody logs in as this account until it was mended */
    " id BIGINT PRIMARY KEY,"
    " account BIGINT NOT NULL,"
    " connection TEXT NOT NULL," /* whose login it was */
    " reason TEXT NOT NULL,"
    " cause TEXT," /* the provider's word for it, as captcha */
    " since BIGINT NOT NULL,"
    " certain BIGINT NOT NULL);" /* 0: something else than the server answered; some such in a
                                    row count as one that is */

    "CREATE TABLE login_block (" /* settings that are not tried */
    " account BIGINT NOT NULL,"
    " connection TEXT NOT NULL,"
    " fingerprint TEXT NOT NULL,"
    " refusal BIGINT NOT NULL," /* the latest because of which */
    " PRIMARY KEY (account, connection, fingerprint));"

    "CREATE TABLE job (" /* the work to be done for an imported repository; 0: the listing */
    " connection TEXT NOT NULL,"
    " repository_id BIGINT NOT NULL,"
    " state TEXT NOT NULL," /* queued, listing, fetching, importing, done, partial, limited,
                               paused, failing, blocked */
    " reason TEXT,"
    " next_at BIGINT,"            /* when it is to be done again; NULL: not by itself */
    " holder TEXT,"               /* who does it, or did it last */
    " what TEXT,"                 /* what is counted in done and total */
    " done BIGINT, total BIGINT," /* how far it is */
    " changed_at BIGINT,"         /* when something last happened in it */
    " since BIGINT NOT NULL,"     /* of this state */
    " failures BIGINT NOT NULL DEFAULT 0," /* in a row */
    " failing_since BIGINT,"
    " started_at BIGINT,"
    " succeeded_at BIGINT,"
    " round_at BIGINT,"       /* when the import began that is to be gone on with */
    " cursor TEXT,"           /* the provider's own, from the last that came to its end */
    " mirror_id TEXT,"        /* of the mirror that the commits were read from */
    " commits_since BIGINT,"  /* history_since when the commits were read */
    " left_out_setting TEXT," /* by which these were left out */
    " left_out_pull_requests BIGINT,"
    " left_out_commits BIGINT,"
    " PRIMARY KEY (connection, repository_id));"

    "CREATE TABLE sync_run (" /* what was done and when; repository_id 0: a listing */
    " connection TEXT NOT NULL,"
    " repository_id BIGINT NOT NULL,"
    " started_at BIGINT NOT NULL,"
    " finished_at BIGINT,"
    " result TEXT," /* done, or the word for what went wrong */
    " message TEXT,"
    " commits BIGINT,"
    " pull_requests BIGINT,"
    " activities BIGINT,"
    " requests BIGINT," /* to the server */
    " first BIGINT,"    /* nothing was there before it */
    " PRIMARY KEY (connection, repository_id, started_at));";

/* Machines may share a store: workers, and what each of them holds. */
static const char version_2[] =
    "CREATE TABLE worker (" /* processes that work now */
    " id BIGINT PRIMARY KEY,"
    " machine TEXT NOT NULL,"
    " process BIGINT NOT NULL,"
    " command TEXT NOT NULL,"
    " place TEXT NOT NULL,"
    " since BIGINT NOT NULL,"
    " until_at BIGINT NOT NULL);" /* then it is given up, when nothing was heard of it */

    "CREATE TABLE place (" /* data directories, in which mirrors are */
    " id TEXT PRIMARY KEY,"
    " machine TEXT NOT NULL,"
    " seen_at BIGINT NOT NULL);" /* a worker, last */

    "CREATE TABLE login_share (" /* an account's requests in flight, that a worker may have */
    " account BIGINT NOT NULL,"
    " worker BIGINT NOT NULL,"
    " seats BIGINT NOT NULL,"
    " PRIMARY KEY (account, worker));"
    "ALTER TABLE login_account ADD COLUMN prover BIGINT;" /* the worker that proves its login */
    "ALTER TABLE login_account ADD COLUMN limited_until BIGINT;" /* as the server asked */

    "ALTER TABLE job ADD COLUMN worker BIGINT;"                     /* that is at it */
    "ALTER TABLE job ADD COLUMN fence BIGINT NOT NULL DEFAULT 0;"   /* counts its claims */
    "ALTER TABLE job ADD COLUMN crashes BIGINT NOT NULL DEFAULT 0;" /* of workers, in a row */
    "ALTER TABLE job ADD COLUMN place TEXT NOT NULL DEFAULT '';"    /* where its mirror is */
    "CREATE INDEX job_due ON job (connection, place, next_at)"
    " WHERE worker IS NULL AND repository_id <> 0;"
    "CREATE INDEX job_worker ON job (worker) WHERE worker IS NOT NULL;"
    "CREATE INDEX job_place ON job (place) WHERE place <> '';"

    /* From here on what is imported has a job, and what is not to be done is not due. */
    "UPDATE job SET next_at = NULL WHERE repository_id <> 0 AND NOT EXISTS"
    " (SELECT 1 FROM repository r WHERE r.connection = job.connection"
    " AND r.id = job.repository_id AND r.imported = 1 AND r.excluded_by IS NULL);"
    "INSERT INTO job (connection, repository_id, state, since, next_at)"
    " SELECT connection, id, 'queued', imported_at, imported_at FROM repository"
    " WHERE imported = 1 AND excluded_by IS NULL AND imported_at IS NOT NULL"
    " ON CONFLICT DO NOTHING";

/* A large import is done by several workers. */
static const char version_3[] =
    "ALTER TABLE job ADD COLUMN split BIGINT NOT NULL DEFAULT 0;" /* the fence of the claim that
                                                                     others may help with */
    "CREATE INDEX job_split ON job (connection) WHERE split <> 0;"

    "CREATE TABLE job_helper (" /* who helps, or has helped, with whose claim */
    " connection TEXT NOT NULL,"
    " repository_id BIGINT NOT NULL,"
    " worker BIGINT NOT NULL,"
    " fence BIGINT NOT NULL,"
    " at_it BIGINT NOT NULL,"
    " PRIMARY KEY (connection, repository_id, worker));"

    "CREATE TABLE job_part (" /* a range of pull requests, and who imports it */
    " connection TEXT NOT NULL,"
    " repository_id BIGINT NOT NULL,"
    " part BIGINT NOT NULL,"
    " worker BIGINT NOT NULL,"
    " fence BIGINT NOT NULL,"
    " PRIMARY KEY (connection, repository_id, part));"

    /* 1: its commits and size are still to be read from the mirror, by who has that */
    "ALTER TABLE pull_request ADD COLUMN commits_pending BIGINT NOT NULL DEFAULT 0;"
    "CREATE INDEX pull_request_pending ON pull_request (connection, repository_id)"
    " WHERE commits_pending <> 0;";

/* Who may open the page, and what its last look at each connection has told. */
static const char version_4[] =
    "CREATE TABLE access_token ("
    " id TEXT PRIMARY KEY," /* at random: what sessions name it by */
    " name TEXT NOT NULL UNIQUE,"
    " hash TEXT NOT NULL UNIQUE," /* SHA-256 of it; itself it is kept nowhere */
    " can_change BIGINT NOT NULL,"
    " created_at BIGINT NOT NULL);"

    "CREATE TABLE access_key (" /* one row: what sessions are signed with */
    " id BIGINT PRIMARY KEY,"
    " key TEXT NOT NULL);"

    "CREATE TABLE ended_session (" /* by its logout, before its time */
    " proof TEXT PRIMARY KEY,"
    " until_at BIGINT NOT NULL);" /* from then on it is of no use anyhow */

    "CREATE TABLE connection_check (" /* the last health report that was asked for in the page
                                       */
    " connection TEXT NOT NULL,"
    " name TEXT NOT NULL," /* of the check */
    " position BIGINT NOT NULL,"
    " status TEXT NOT NULL," /* pass, warn, fail, skip */
    " detail TEXT,"
    " cause TEXT,"
    " remedy TEXT,"
    " setting TEXT,"
    " checked_at BIGINT NOT NULL,"
    " PRIMARY KEY (connection, name));"

    "CREATE INDEX sync_run_started ON sync_run (connection, started_at);"
    "CREATE INDEX sync_run_finished ON sync_run (connection, finished_at);";

/* How fast an account may ask: see rate.c. */
static const char version_5[] =
    /* Microseconds, by the database's clock or, in SQLite, since the machine's start: */
    "ALTER TABLE login_account ADD COLUMN rate_paced_us BIGINT NOT NULL DEFAULT 0;" /* the next
                                                                      request may go that has a
                                                                      pace */
    "ALTER TABLE login_account ADD COLUMN rate_full_us BIGINT NOT NULL DEFAULT 0;" /* the server
                                                                      grants all at once again
                                                                    */
    /* What it said of its limit; 0: none, or not known */
    "ALTER TABLE login_account ADD COLUMN rate_capacity BIGINT NOT NULL DEFAULT 0;" /* at once
                                                                                     */
    "ALTER TABLE login_account ADD COLUMN rate_fill BIGINT NOT NULL DEFAULT 0;" /* a second */
    "ALTER TABLE login_account ADD COLUMN rate_told_at BIGINT NOT NULL DEFAULT 0;"
    /* in the order in which an organization's repositories are told */
    "DROP INDEX repository_organization;"
    "CREATE INDEX repository_organization ON repository (connection, organization_id, path);";

static const char version_6[] =
    /* How many repositories the last complete listing had: */
    "ALTER TABLE connection ADD COLUMN listed BIGINT;"
    /* Paths are looked for without regard to case: it only cost each listing its time. */
    "DROP INDEX repository_path;";

static const char version_8[] =
    /* What each pass asks for, of however many are listed: */
    "CREATE INDEX repository_chosen ON repository (connection)"
    " WHERE imported = 1 OR excluded_by IS NOT NULL;";

static const char *const migrations[] = {version_1, version_2, version_3, version_4,
                                         version_5, version_6, sh_views,  version_8};

enum { NEWEST = sizeof migrations / sizeof *migrations, TIDY_AFTER = 256 };

/* Sets that are not whole, and listings that are not complete, wait in these. */
static const char staging[] =
    "CREATE TEMP TABLE staged_organization AS SELECT * FROM organization WHERE 1 = 0;"
    "CREATE UNIQUE INDEX staged_organization_id ON staged_organization (connection, id);"
    "CREATE TEMP TABLE staged_repository AS SELECT * FROM repository WHERE 1 = 0;"
    "CREATE UNIQUE INDEX staged_repository_id ON staged_repository (connection, id);"
    "CREATE TEMP TABLE staged_listed (id BIGINT PRIMARY KEY);"
    "CREATE TEMP TABLE staged_person AS SELECT * FROM person WHERE 1 = 0;"
    "CREATE UNIQUE INDEX staged_person_id ON staged_person (connection, id);"
    "CREATE TEMP TABLE staged_commit AS SELECT * FROM git_commit WHERE 1 = 0;"
    "CREATE UNIQUE INDEX staged_commit_sha ON staged_commit (connection, repository_id, sha);"
    "CREATE TEMP TABLE staged_git_ref AS SELECT * FROM git_ref WHERE 1 = 0;"
    "CREATE TEMP TABLE staged_mark AS SELECT sha, reachable FROM git_commit WHERE 1 = 0;"
    "CREATE TEMP TABLE staged_pull_request AS SELECT * FROM pull_request WHERE 1 = 0;"
    "CREATE TEMP TABLE staged_pull_request_reviewer AS"
    " SELECT * FROM pull_request_reviewer WHERE 1 = 0;"
    "CREATE TEMP TABLE staged_pull_request_commit AS"
    " SELECT * FROM pull_request_commit WHERE 1 = 0;"
    "CREATE TEMP TABLE staged_activity AS SELECT * FROM activity WHERE 1 = 0";

static int migrate_from(struct sh_store *store, int64_t version, struct sp_error *err)
{
    int rc = SP_OK;

    if (version > NEWEST)
        return sp_error_set(err, SP_ERR_UNSUPPORTED,
                            "store: its tables are of version %lld, this program knows %d: use "
                            "the newer program",
                            (long long)version, NEWEST);
    for (; !rc && version < NEWEST; version++) {
        rc = store->engine->script(store, migrations[version], err);
        if (!rc)
            rc = SH_RUN(store, err, "INSERT INTO schema_version (version) VALUES (?1)",
                        SH_INT(version + 1));
    }
    return rc;
}

static int read_version(struct sh_store *store, int64_t *ret, struct sp_error *err)
{
    return SH_QUERY(store, err, sh_take_number, ret,
                    "SELECT coalesce(max(version), 0) FROM schema_version");
}

static int migrate(struct sh_store *store, struct sp_error *err)
{
    int64_t version = 0;
    int rc = store->engine->script(store, store->engine->begin_alone, err);

    if (rc)
        return rc;
    rc = store->engine->script(store,
                               "CREATE TABLE IF NOT EXISTS schema_version"
                               " (version BIGINT PRIMARY KEY)",
                               err);
    if (!rc)
        rc = read_version(store, &version, err);
    if (!rc)
        rc = migrate_from(store, version, err);
    return sh_store_end(store, rc, err);
}

int sh_schema_migrate(struct sh_store *store, struct sp_error *err)
{
    int64_t version = 0;
    struct sp_error none;

    /* Asked first without a transaction, so that nobody waits who has nothing to write. */
    if (!read_version(store, &version, &none) && version == NEWEST)
        return SP_OK;
    return migrate(store, err);
}

int sh_store_stage(struct sh_store *store, struct sp_error *err)
{
    int rc = SP_OK;

    if (!store->is_staged)
        rc = store->engine->script(store, staging, err);
    else if (store->engine->tidy && ++store->stagings % TIDY_AFTER == 0)
        rc = store->engine->script(store, store->engine->tidy, err);
    store->is_staged = store->is_staged || !rc;
    sp_error_clear(&store->lost);
    return rc;
}
