/* check_pull_request_records.c - pull requests, and what their revision sees */
#include "plugin_fixture.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

#define FROM "1111111111111111111111111111111111111111"
#define TO   "2222222222222222222222222222222222222222"
#define SEEN "3333333333333333333333333333333333333333"

#define REVIEWER                                                                               \
    "{'user':{'id':8,'name':'ann'},'role':'REVIEWER','approved':false,"                        \
    "'status':'UNAPPROVED','lastReviewedCommit':'" SEEN "'}"
#define MEMBERS                                                                                \
    "'id':12,'version':3,'title':'A title','description':'d','state':'OPEN','open':true,"      \
    "'createdDate':1700000000000,'updatedDate':1700000005000,"                                 \
    "'fromRef':{'id':'refs/heads/topic','latestCommit':'" FROM "','repository':{'id':21}},"    \
    "'toRef':{'id':'refs/heads/main','latestCommit':'" TO "','repository':{'id':20}},"         \
    "'author':{'user':{'id':7,'name':'jdoe'},'role':'AUTHOR','approved':false},"               \
    "'reviewers':[" REVIEWER "],'participants':[{'user':{'id':9}}],"                           \
    "'properties':{'commentCount':4,'openTaskCount':1,'resolvedTaskCount':2}"

static struct reading reading;

static struct sp_pull_request read_open(int64_t *ret_target_id)
{
    struct sp_pull_request record;

    bb_record_pull_request(&reading.node, &reading.arena, &record, ret_target_id);
    return record;
}

START_TEST(test_pull_request)
{
    struct sp_pull_request record;
    int64_t target_id = 0;

    reading_open(&reading, "{" MEMBERS "}");
    record = read_open(&target_id);
    ck_assert_uint_eq(record.size, sizeof record);
    ck_assert_int_eq(record.number, 12);
    ck_assert_int_eq(target_id, 20);
    ck_assert_str_eq(record.title, "A title");
    ck_assert_str_eq(record.description, "d");
    ck_assert_int_eq(record.author->id, 7);
    ck_assert_int_eq(record.created_ms, 1700000000000);
    ck_assert_int_eq(record.updated_ms, 1700000005000);
    ck_assert_int_eq(record.closed_ms, 0);
    ck_assert_str_eq(record.from_ref, "refs/heads/topic");
    ck_assert_str_eq(record.from_commit, FROM);
    ck_assert_int_eq(record.from_repository_id, 21);
    ck_assert_str_eq(record.to_ref, "refs/heads/main");
    ck_assert_str_eq(record.to_commit, TO);
    ck_assert_ptr_null(record.merge_commit);
    ck_assert_int_eq(record.comment_count, 4);
    ck_assert_int_eq(record.open_task_count, 1);
    ck_assert_int_eq(record.resolved_task_count, 2);
    ck_assert_uint_eq(record.state, SP_OPEN);
    ck_assert_uint_eq(record.flags, 0);
    reading_close(&reading);
}
END_TEST

START_TEST(test_bare_pull_request)
{
    struct sp_pull_request record;
    int64_t target_id = 1;

    reading_open(&reading, "{'id':12}");
    record = read_open(&target_id);
    ck_assert_int_eq(target_id, 0);
    ck_assert_ptr_null(record.title);
    ck_assert_ptr_null(record.author);
    ck_assert_ptr_null(record.from_commit);
    ck_assert_int_eq(record.from_repository_id, 0);
    ck_assert_int_eq(record.comment_count, -1); /* not told is not none */
    ck_assert_int_eq(record.open_task_count, -1);
    ck_assert_int_eq(record.resolved_task_count, -1);
    ck_assert_uint_eq(record.n_reviewers, 0);
    ck_assert_uint_eq(record.state, 0);
    reading_close(&reading);
}
END_TEST

START_TEST(test_merged)
{
    struct sp_pull_request record;
    int64_t target_id;

    reading_open(&reading, "{'id':12,'state':'MERGED','createdDate':'2023-11-14T22:13:20Z',"
                           "'updatedDate':'2023-11-14T22:13:25.5Z','closedDate':1700000005500,"
                           "'draft':true,'fromRef':{'repository':null},'author':{'user':null},"
                           "'properties':{'mergeCommit':{'id':'" SEEN "'},'commentCount':0}}");
    record = read_open(&target_id);
    ck_assert_uint_eq(record.state, SP_MERGED);
    ck_assert_uint_eq(record.flags, SP_PULL_REQUEST_DRAFT);
    ck_assert_int_eq(record.created_ms, 1700000000000);
    ck_assert_int_eq(record.updated_ms, 1700000005500);
    ck_assert_int_eq(record.closed_ms, 1700000005500);
    ck_assert_str_eq(record.merge_commit, SEEN);
    ck_assert_int_eq(record.comment_count, 0);
    ck_assert_ptr_null(record.author);
    reading_close(&reading);
}
END_TEST

START_TEST(test_reviewers)
{
    static const uint64_t states[] = {SP_REVIEW_NONE,       SP_REVIEW_APPROVED,
                                      SP_REVIEW_NEEDS_WORK, SP_REVIEW_APPROVED,
                                      SP_REVIEW_NONE,       SP_REVIEW_NONE};
    struct sp_pull_request record;
    int64_t target_id;

    reading_open(&reading,
                 "{'id':12,'reviewers':[" REVIEWER ",{'user':{'id':2},'status':'APPROVED'},"
                 "{'user':{'id':3},'status':'NEEDS_WORK','approved':false},"
                 "{'user':{'id':4},'approved':true},{'user':{'id':5},'approved':false},"
                 "{'user':null,'status':'WHATEVER'}]}");
    record = read_open(&target_id);
    ck_assert_uint_eq(record.n_reviewers, COUNT(states));
    for (size_t i = 0; i < COUNT(states); i++) {
        ck_assert_uint_eq(record.reviewers[i]->size, sizeof(struct sp_reviewer));
        ck_assert_uint_eq(record.reviewers[i]->state, states[i]);
    }
    ck_assert_int_eq(record.reviewers[0]->person->id, 8);
    ck_assert_str_eq(record.reviewers[0]->last_reviewed_commit, SEEN);
    ck_assert_ptr_null(record.reviewers[1]->last_reviewed_commit);
    ck_assert_ptr_null(record.reviewers[5]->person);
    reading_close(&reading);
}
END_TEST

static const struct {
    const char *json, *message;
} wrong[] = {
    {"{'title':'x'}", "values[3].id is missing"},
    {"{'id':0}", "values[3].id is missing"},
    {"{'id':'1'}", "values[3].id is string"},
    {"{'id':1,'title':7}", "values[3].title is int"},
    {"{'id':1,'state':7}", "values[3].state is int"},
    {"{'id':1,'draft':'no'}", "values[3].draft is string"},
    {"{'id':1,'updatedDate':'soon'}", "values[3].updatedDate is neither"},
    {"{'id':1,'closedDate':{}}", "values[3].closedDate is neither"},
    {"{'id':1,'author':{'user':7}}", "values[3].author.user is int"},
    {"{'id':1,'author':{'user':{'id':'7'}}}", "values[3].author.user.id is string"},
    {"{'id':1,'fromRef':{'latestCommit':7}}", "values[3].fromRef.latestCommit is int"},
    {"{'id':1,'fromRef':{'repository':{'id':'7'}}}", "values[3].fromRef.repository.id is str"},
    {"{'id':1,'toRef':'main'}", "values[3].toRef is string"},
    {"{'id':1,'properties':{'commentCount':'4'}}", "values[3].properties.commentCount is str"},
    {"{'id':1,'reviewers':{}}", "values[3].reviewers is object"},
    {"{'id':1,'reviewers':[{},7]}", "values[3].reviewers[1] is int"},
    {"{'id':1,'reviewers':[{},{'user':{'name':7}}]}",
     "values[3].reviewers[1].user.name is int"},
    {"{'id':1,'reviewers':[{'approved':'yes'}]}", "values[3].reviewers[0].approved is string"},
};

START_TEST(test_wrong)
{
    int64_t target_id;

    reading_open(&reading, wrong[_i].json);
    ck_assert_uint_eq(read_open(&target_id).n_reviewers, 0);
    reading_close_wrong(&reading, wrong[_i].message);
}
END_TEST

/* The caller frees; NULL: none was made. */
static char *revision_of(const char *json)
{
    struct sp_pull_request record;
    const char *revision;
    char *copy;
    int64_t target_id;

    reading_open(&reading, json);
    record = read_open(&target_id);
    revision = bb_record_revision(&reading.node, &record, &reading.arena);
    copy = revision ? strdup(revision) : NULL;
    reading_close(&reading);
    return copy;
}

/* MEMBERS with one part replaced by another. */
static char *changed(const char *part, const char *by)
{
    static const char whole[] = "{" MEMBERS "}";
    const char *at = strstr(whole, part);

    ck_assert_msg(at && !strstr(at + 1, part), "%s is not there once", part);
    return text_of("%.*s%s%s", (int)(at - whole), whole, by, at + strlen(part));
}

static const struct {
    const char *part, *by;
} changes[] = {
    {"'version':3", "'version':4"},
    {"'updatedDate':1700000005000", "'updatedDate':1700000005001"},
    {"'state':'OPEN'", "'state':'DECLINED'"},
    {"'state':'OPEN'", "'state':'MERGED'"},
    {"'open':true", "'draft':true"},
    {"'commentCount':4", "'commentCount':5"},
    {"'commentCount':4,", ""},
    {"'commentCount':4", "'commentCount':0"},
    {"'openTaskCount':1", "'openTaskCount':2"},
    {"'openTaskCount':1,'resolvedTaskCount':2", "'openTaskCount':0,'resolvedTaskCount':3"},
    {"'resolvedTaskCount':2", "'resolvedTaskCount':3"},
    {",'resolvedTaskCount':2", ""},
    {"'latestCommit':'" FROM "'", "'latestCommit':'" SEEN "'"},
    {"'latestCommit':'" TO "'", "'latestCommit':'" SEEN "'"},
    {",'repository':{'id':21}", ""},
    {"'status':'UNAPPROVED'", "'status':'APPROVED'"},
    {"'status':'UNAPPROVED'", "'status':'NEEDS_WORK'"},
    {"'approved':false,'status':'UNAPPROVED'", "'approved':true"},
    {"'lastReviewedCommit':'" SEEN "'", "'lastReviewedCommit':'" FROM "'"},
    {",'lastReviewedCommit':'" SEEN "'", ""},
    {"'user':{'id':8,'name':'ann'}", "'user':{'id':10,'name':'bob'}"},
    {"'reviewers':[" REVIEWER "]", "'reviewers':[]"},
    {"'reviewers':[" REVIEWER "]", "'reviewers':[" REVIEWER ",{'user':{'id':10}}]"},
    {"'participants':[{'user':{'id':9}}]", "'participants':[]"},
    {"'participants':[{'user':{'id':9}}]", "'participants':[{'user':{'id':9}},{}]"},
};

START_TEST(test_revision_sees_changes)
{
    char *json = changed(changes[_i].part, changes[_i].by);
    char *before = revision_of("{" MEMBERS "}"), *after = revision_of(json);

    ck_assert_str_ne(before, after);
    free(json);
    free(before);
    free(after);
}
END_TEST

/* What a server may tell otherwise from one day to the next without a change, and what
 * cannot change without the version. */
static const struct {
    const char *part, *by;
} no_changes[] = {
    {"'open':true", "'open':true"},
    {"'open':true", "'links':{'self':[]},'news':[1]"},
    {"'name':'jdoe'", "'name':'jane','displayName':'Jane','active':false"},
    {"'name':'ann'", "'name':'anna'"},
    {"'createdDate':1700000000000,", "'createdDate':'2023-11-14T22:13:20Z',"},
    {"1700000005000", "'2023-11-14T22:13:25Z'"},
    {"'resolvedTaskCount':2", "'resolvedTaskCount':2,'mergeResult':{'outcome':'CLEAN'}"},
};

START_TEST(test_revision_stays)
{
    char *json = changed(no_changes[_i].part, no_changes[_i].by);
    char *before = revision_of("{" MEMBERS "}"), *after = revision_of(json);

    ck_assert_str_eq(before, after);
    ck_assert_uint_gt(strlen(before), 0);
    free(json);
    free(before);
    free(after);
}
END_TEST

/* A pull request with that many reviewers. */
static char *crowd(size_t n)
{
    char *json = calloc(n + 1, 200), *end;

    ck_assert_ptr_nonnull(json);
    end = stpcpy(json, "{'id':1,'reviewers':[");
    for (size_t i = 0; i < n; i++)
        end = stpcpy(end, i ? "," REVIEWER : REVIEWER);
    strcpy(end, "]}");
    return json;
}

/* Where an id is no id, and its twelfth byte in the midst of a character, it is text all the
 * same. */
START_TEST(test_revision_is_text)
{
    char *json =
        changed("'latestCommit':'" FROM "'", "'latestCommit':'0123456789\xe2\x82\xac'");
    char *revision = revision_of(json);

    ck_assert_ptr_nonnull(revision);
    ck_assert(bb_is_utf8(revision, strlen(revision)));
    free(revision);
    free(json);
}
END_TEST

/* A revision that does not fit is none, rather than one that misses changes at its end. */
START_TEST(test_revision_does_not_fit)
{
    char *json = crowd(900), *revision = revision_of(json);

    ck_assert_ptr_nonnull(revision);
    ck_assert_uint_lt(strlen(revision), SP_REVISION_MAX);
    free(revision);
    free(json);
    json = crowd(2000);
    ck_assert_ptr_null(revision_of(json));
    free(json);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pull requests");
    TCase *tests = tcase_create("records");

    tcase_add_test(tests, test_pull_request);
    tcase_add_test(tests, test_bare_pull_request);
    tcase_add_test(tests, test_merged);
    tcase_add_test(tests, test_reviewers);
    tcase_add_loop_test(tests, test_wrong, 0, COUNT(wrong));
    tcase_add_loop_test(tests, test_revision_sees_changes, 0, COUNT(changes));
    tcase_add_loop_test(tests, test_revision_stays, 0, COUNT(no_changes));
    tcase_add_test(tests, test_revision_is_text);
    tcase_add_test(tests, test_revision_does_not_fit);
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
