/* check_activity_records.c - activities, with the comments and tasks below them */
#include "plugin_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct reading reading;

/* What bb_record_activities sent: a line each, "id<parent text" and who. */
struct sent {
    FILE *to;
    char *text;
    size_t size, n, stop_at;
    struct sp_activity first; /* without what it points to */
};

static int note(void *ctx, const struct sp_activity *record)
{
    struct sent *sent = ctx;

    ck_assert_uint_eq(record->size, sizeof *record);
    if (sent->n++ == 0)
        sent->first = *record;
    fprintf(sent->to, "%lld %s", (long long)record->id, record->action_name);
    if (record->comment_id)
        fprintf(sent->to, " comment %lld", (long long)record->comment_id);
    if (record->parent_comment_id)
        fprintf(sent->to, " below %lld", (long long)record->parent_comment_id);
    if (record->severity == SP_SEVERITY_BLOCKER)
        fprintf(sent->to, " task %u", record->comment_state);
    if (record->text)
        fprintf(sent->to, " '%s'", record->text);
    fprintf(sent->to, " by %lld;", (long long)(record->actor ? record->actor->id : 0));
    return sent->stop_at == sent->n ? -101 : 0;
}

static int send_open(struct sent *sent)
{
    int rc;

    sent->to = open_memstream(&sent->text, &sent->size);
    rc = bb_record_activities(&reading.node, note, NULL, sent);
    fclose(sent->to);
    return rc;
}

static void assert_sent(const char *json, const char *expected)
{
    struct sent sent = {0};

    reading_open(&reading, json);
    ck_assert_int_eq(send_open(&sent), 0);
    reading_close(&reading);
    ck_assert_str_eq(sent.text, expected);
    free(sent.text);
}

static const struct {
    const char *name;
    uint32_t action;
} actions[] = {
    {"OPENED", SP_ACTION_OPENED},
    {"UPDATED", SP_ACTION_UPDATED},
    {"RESCOPED", SP_ACTION_RESCOPED},
    {"COMMENTED", SP_ACTION_COMMENTED},
    {"APPROVED", SP_ACTION_APPROVED},
    {"UNAPPROVED", SP_ACTION_UNAPPROVED},
    {"REVIEWED", SP_ACTION_REVIEWED},
    {"REVIEW_COMMENTED", SP_ACTION_REVIEW_COMMENTED},
    {"REVIEW_DISCARDED", SP_ACTION_REVIEW_DISCARDED},
    {"REVIEW_FINISHED", SP_ACTION_REVIEW_FINISHED},
    {"MERGED", SP_ACTION_MERGED},
    {"DECLINED", SP_ACTION_DECLINED},
    {"REOPENED", SP_ACTION_REOPENED},
    {"DELETED", SP_ACTION_DELETED},
    {"AUTO_MERGE_REQUESTED", SP_ACTION_AUTO_MERGE_REQUESTED},
    {"AUTO_MERGE_CANCELLED", SP_ACTION_AUTO_MERGE_CANCELLED},
    {"TELEPORTED", SP_ACTION_OTHER},
    {"merged", SP_ACTION_OTHER},
    {"", SP_ACTION_OTHER},
};

START_TEST(test_actions)
{
    char *json = text_of("{'id':5,'createdDate':1700000000000,'user':{'id':7},'action':'%s'}",
                         actions[_i].name);
    char *expected = text_of("5 %s by 7;", actions[_i].name);
    struct sent sent = {0};

    reading_open(&reading, json);
    ck_assert_int_eq(send_open(&sent), 0);
    ck_assert_uint_eq(sent.first.action, actions[_i].action);
    ck_assert_int_eq(sent.first.created_ms, 1700000000000);
    ck_assert_int_eq(!!sent.first.raw, actions[_i].action == SP_ACTION_OTHER);
    ck_assert_ptr_null(sent.first.merge_commit);
    ck_assert_uint_eq(sent.first.n_added_reviewers + sent.first.n_added_commits, 0);
    reading_close(&reading);
    ck_assert_str_eq(sent.text, expected);
    free(sent.text);
    free(json);
    free(expected);
}
END_TEST

/* Runs the checks of one payload while what the record points to is alive. */
static void with_first(const char *json, int (*check)(void *, const struct sp_activity *))
{
    reading_open(&reading, json);
    ck_assert_int_eq(bb_record_activities(&reading.node, check, NULL, NULL), 0);
    reading_close(&reading);
}

static int check_merged(void *ctx, const struct sp_activity *record)
{
    (void)ctx;
    ck_assert_str_eq(record->merge_commit, "abc");
    ck_assert_int_eq(record->created_ms, 1700000000123);
    return 0;
}

static int check_updated(void *ctx, const struct sp_activity *record)
{
    (void)ctx;
    ck_assert_uint_eq(record->n_added_reviewers, 2);
    ck_assert_int_eq(record->added_reviewers[0]->id, 1);
    ck_assert_int_eq(record->added_reviewers[1]->id, 2);
    ck_assert_uint_eq(record->n_removed_reviewers, 1);
    ck_assert_str_eq(record->removed_reviewers[0]->name, "zoe");
    return 0;
}

static int check_rescoped(void *ctx, const struct sp_activity *record)
{
    (void)ctx;
    ck_assert_str_eq(record->from_commit, "f2");
    ck_assert_str_eq(record->previous_from_commit, "f1");
    ck_assert_str_eq(record->to_commit, "t2");
    ck_assert_str_eq(record->previous_to_commit, "t1");
    ck_assert_uint_eq(record->n_added_commits, 2);
    ck_assert_str_eq(record->added_commits[0], "a1");
    ck_assert_str_eq(record->added_commits[1], "a2");
    ck_assert_int_eq(record->added_commit_total, 70);
    ck_assert_uint_eq(record->n_removed_commits, 1);
    ck_assert_str_eq(record->removed_commits[0], "r1");
    ck_assert_int_eq(record->removed_commit_total, 1);
    return 0;
}

START_TEST(test_payloads)
{
    with_first("{'id':5,'createdDate':'2023-11-14T22:13:20.123Z','action':'MERGED',"
               "'commit':{'id':'abc','parents':[{'id':'x'}]}}",
               check_merged);
    with_first("{'id':5,'action':'UPDATED','addedReviewers':[{'id':1},null,{'id':2}],"
               "'removedReviewers':[{'name':'zoe'}]}",
               check_updated);
    with_first("{'id':5,'action':'RESCOPED','fromHash':'f2','previousFromHash':'f1',"
               "'toHash':'t2','previousToHash':'t1','added':{'commits':[{'id':'a1'},"
               "{'id':'a2'}],'total':70},'removed':{'commits':[{'id':'r1'}]}}",
               check_rescoped);
}
END_TEST

static int check_comment(void *ctx, const struct sp_activity *record)
{
    (void)ctx;
    ck_assert_int_eq(record->comment_version, 2);
    ck_assert_int_eq(record->updated_ms, 1700000000777);
    ck_assert_int_eq(record->resolved_ms, 1700000000888);
    ck_assert_int_eq(record->resolver->id, 6);
    ck_assert_uint_eq(record->severity, SP_SEVERITY_BLOCKER);
    ck_assert_uint_eq(record->comment_state, SP_COMMENT_RESOLVED);
    ck_assert_str_eq(record->path, "src/a b.c");
    ck_assert_str_eq(record->src_path, "old.c");
    ck_assert_int_eq(record->line, 17);
    ck_assert_str_eq(record->line_type, "ADDED");
    ck_assert_str_eq(record->file_type, "TO");
    ck_assert_str_eq(record->diff_type, "EFFECTIVE");
    ck_assert_str_eq(record->from_commit, "f");
    ck_assert_str_eq(record->to_commit, "t");
    ck_assert_uint_eq(record->flags, SP_ACTIVITY_ORPHANED);
    return 0;
}

#define COMMENT_MEMBERS                                                                        \
    "'id':5,'action':'COMMENTED','comment':{'id':9,'version':2,'text':'x',"                    \
    "'updatedDate':1700000000777,'resolvedDate':1700000000888,'resolver':{'id':6},"            \
    "'severity':'BLOCKER','state':'RESOLVED'},"
#define ANCHOR_MEMBERS                                                                         \
    "'line':17,'lineType':'ADDED','fileType':'TO','diffType':'EFFECTIVE','orphaned':true,"     \
    "'fromHash':'f','toHash':'t',"

START_TEST(test_comment_with_anchor)
{
    with_first("{" COMMENT_MEMBERS "'commentAnchor':{" ANCHOR_MEMBERS
               "'path':'src/a b.c','srcPath':'old.c'}}",
               check_comment);
    with_first("{" COMMENT_MEMBERS "'commentAnchor':{" ANCHOR_MEMBERS
               "'path':{'components':['src','a b.c'],'toString':'ignored'},"
               "'srcPath':{'toString':'old.c','name':'old.c'}}}",
               check_comment);
}
END_TEST

static int check_file_comment(void *ctx, const struct sp_activity *record)
{
    (void)ctx;
    ck_assert_int_eq(record->line, 0);
    ck_assert_str_eq(record->path, "README");
    ck_assert_ptr_null(record->src_path);
    ck_assert_uint_eq(record->flags, 0);
    ck_assert_uint_eq(record->severity, SP_SEVERITY_NORMAL);
    ck_assert_uint_eq(record->comment_state, SP_COMMENT_STATE_UNKNOWN);
    ck_assert_ptr_null(record->resolver);
    ck_assert_ptr_null(record->raw);
    return 0;
}

START_TEST(test_comment_on_file)
{
    with_first("{'id':5,'action':'COMMENTED','comment':{'id':9,'state':'NEW_STATE'},"
               "'commentAnchor':{'path':{'components':['README']},'srcPath':null}}",
               check_file_comment);
}
END_TEST

static int check_resolved(void *ctx, const struct sp_activity *record)
{
    (void)ctx;
    ck_assert_int_eq(record->resolved_ms, 1700000000999);
    ck_assert_int_eq(record->resolver->id, 6);
    return 0;
}

START_TEST(test_who_resolved)
{
    with_first("{'id':5,'action':'COMMENTED','comment':{'id':9,'threadResolved':true,"
               "'threadResolvedDate':1700000000999,'threadResolver':{'id':6}}}",
               check_resolved);
    with_first("{'id':5,'action':'COMMENTED','comment':{'id':9,'threadResolvedDate':1,"
               "'resolvedDate':1700000000999,'resolver':{'id':6},'threadResolver':{'id':1}}}",
               check_resolved);
}
END_TEST

START_TEST(test_replies_and_tasks)
{
    assert_sent(
        "{'id':5,'user':{'id':7},'action':'COMMENTED','comment':{'id':10,'text':'a',"
        "'author':{'id':7},'comments':["
        "{'id':11,'text':'b','author':{'id':8},'comments':["
        "{'id':12,'text':'c','comments':[{'id':13,'text':'d','author':{'id':9},"
        "'severity':'BLOCKER','state':'PENDING'}],'tasks':[{'id':3,'text':'e','state':'OPEN',"
        "'author':{'id':7}}]}]},{'id':14,'text':'f'}],"
        "'tasks':[{'id':4,'text':'g','state':'RESOLVED'},{'id':11,'text':'h'}]}}",
        "5 COMMENTED comment 10 'a' by 7;"
        "-11 COMMENTED comment 11 below 10 'b' by 8;"
        "-12 COMMENTED comment 12 below 11 'c' by 0;"
        "-13 COMMENTED comment 13 below 12 task 2 'd' by 9;"
        "-281474976710659 COMMENTED below 12 task 1 'e' by 7;"
        "-14 COMMENTED comment 14 below 10 'f' by 0;"
        "-281474976710660 COMMENTED below 10 task 3 'g' by 0;"
        "-281474976710667 COMMENTED below 10 task 0 'h' by 0;");
}
END_TEST

/* A thread of replies, each below the one before. */
static char *thread(int levels)
{
    char *json = calloc((size_t)levels + 2, 64), *end;

    ck_assert_ptr_nonnull(json);
    end = stpcpy(json, "{'id':5,'action':'COMMENTED','comment':{'id':1,'comments':[");
    for (int i = 2; i <= levels + 1; i++)
        end += sprintf(end, "{'id':%d,'comments':[", i);
    for (int i = 0; i < levels; i++)
        end = stpcpy(end, "]}");
    strcpy(end, "]}}");
    return json;
}

static int check_thread(void *ctx, const struct sp_activity *record)
{
    int64_t *id = ctx;

    ck_assert_int_eq(record->comment_id, ++*id);
    ck_assert_int_eq(record->parent_comment_id, *id - 1);
    ck_assert_int_eq(record->id, *id == 1 ? 5 : -*id);
    return 0;
}

static const int depths[] = {4, 400};

START_TEST(test_deep_replies)
{
    char *json = thread(depths[_i]);
    int64_t id = 0;

    reading_open(&reading, json);
    ck_assert_int_eq(bb_record_activities(&reading.node, check_thread, NULL, &id), 0);
    reading_close(&reading);
    ck_assert_int_eq(id, depths[_i] + 1);
    free(json);
}
END_TEST

/* The names mean what they like in an action that nobody has heard of. */
static const char *const strange[] = {
    "'comment':'text'",
    "'comment':['text']",
    "'comment':{'id':'nine','text':7,'comments':3}",
    "'comment':{'text':'of no id'}",
    "'commentAnchor':7,'commit':[],'fromHash':{},'toHash':1,'previousFromHash':[]",
    "'addedReviewers':{'id':1},'removedReviewers':'all','added':[1],'removed':'x'",
    "'comment':null,'diff':{'hunks':[{}]},'state':{'id':1}",
};

START_TEST(test_unknown_actions)
{
    char *json = text_of("{'id':5,'user':{'id':7},'action':'TELEPORTED',%s}", strange[_i]);

    assert_sent(json, "5 TELEPORTED by 7;");
    free(json);
}
END_TEST

static int check_raw(void *ctx, const struct sp_activity *record)
{
    char *expected = quoted("{'id':5,'action':'TELEPORTED','to':{'url':'a/b','at':[1,null]}}");

    (void)ctx;
    ck_assert_str_eq(record->raw, expected);
    free(expected);
    return 0;
}

START_TEST(test_unknown_action_is_passed_on)
{
    with_first("{'id':5,'action':'TELEPORTED','to':{'url':'a/b','at':[1,null]}}", check_raw);
    assert_sent("{'id':5,'action':'TELEPORTED','comment':{'id':9,'text':'x','comments':"
                "[{'id':10,'text':'y'}]}}",
                "5 TELEPORTED comment 9 'x' by 0;-10 COMMENTED comment 10 below 9 'y' by 0;");
    assert_sent("{'id':5}", "5 (null) by 0;");
}
END_TEST

START_TEST(test_stopped_by_the_host)
{
    struct sent sent = {.stop_at = 2};

    reading_open(&reading, "{'id':5,'action':'COMMENTED','comment':{'id':1,'comments':"
                           "[{'id':2},{'id':3}],'tasks':[{'id':1}]}}");
    ck_assert_int_eq(send_open(&sent), -101);
    ck_assert_uint_eq(sent.n, 2);
    free(sent.text);
    reading_close(&reading);
}
END_TEST

static const struct {
    const char *json, *message;
    size_t n; /* sent before it was noticed */
} wrong[] = {
    {"{'action':'OPENED'}", "values[3].id is missing", 0},
    {"{'id':'5','action':'OPENED'}", "values[3].id is string", 0},
    {"{'id':5,'action':7}", "values[3].action is int", 0},
    {"{'id':5,'action':'OPENED','user':'jdoe'}", "values[3].user is string", 0},
    {"{'id':5,'action':'OPENED','user':{'id':'7'}}", "values[3].user.id is string", 0},
    {"{'id':5,'action':'OPENED','createdDate':'now'}", "values[3].createdDate is neither", 0},
    {"{'id':5,'action':'MERGED','commit':'abc'}", "values[3].commit is string", 0},
    {"{'id':5,'action':'MERGED','commit':{'id':7}}", "values[3].commit.id is int", 0},
    {"{'id':5,'action':'RESCOPED','added':{'commits':[{'id':7}]}}",
     "values[3].added.commits[0].id is int", 0},
    {"{'id':5,'action':'UPDATED','addedReviewers':[{},{'name':7}]}",
     "values[3].addedReviewers[1].name is int", 0},
    {"{'id':5,'action':'COMMENTED','comment':'text'}", "values[3].comment is string", 0},
    {"{'id':5,'action':'COMMENTED','comment':{'text':'x'}}", "values[3].comment.id is missing",
     0},
    {"{'id':5,'action':'COMMENTED','comment':{'id':1,'text':7}}", "values[3].comment.text is",
     0},
    {"{'id':5,'action':'COMMENTED','comment':{'id':1},'commentAnchor':{'path':7}}",
     "values[3].commentAnchor.path is int", 0},
    {"{'id':5,'action':'COMMENTED','comment':{'id':1},'commentAnchor':{'line':'7'}}",
     "values[3].commentAnchor.line is string", 0},
    {"{'id':5,'action':'COMMENTED','comment':{'id':1,'comments':{}}}",
     "values[3].comment.comments is object", 1},
    {"{'id':5,'action':'COMMENTED','comment':{'id':1,'comments':[{'id':2},{'id':3,'comments':"
     "[{'author':{'id':'x'}}]}]}}",
     "values[3].comment.comments[1].comments[0].author.id is string", 3},
    {"{'id':5,'action':'COMMENTED','comment':{'id':1,'comments':[null]}}",
     "values[3].comment.comments[0].id is missing", 1},
    {"{'id':5,'action':'COMMENTED','comment':{'id':1,'tasks':[{'text':'x'}]}}",
     "values[3].comment.tasks[0].id is missing", 1},
    {"{'id':5,'action':'COMMENTED','comment':{'id':1,'tasks':[{'id':1,'state':4}]}}",
     "values[3].comment.tasks[0].state is int", 1},
};

START_TEST(test_wrong)
{
    struct sent sent = {0};

    reading_open(&reading, wrong[_i].json);
    ck_assert_int_eq(send_open(&sent), SP_ERR_PROTOCOL);
    ck_assert_uint_eq(sent.n, wrong[_i].n);
    free(sent.text);
    reading_close_wrong(&reading, wrong[_i].message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("activities");
    TCase *tests = tcase_create("records");

    tcase_add_loop_test(tests, test_actions, 0, COUNT(actions));
    tcase_add_test(tests, test_payloads);
    tcase_add_test(tests, test_comment_with_anchor);
    tcase_add_test(tests, test_comment_on_file);
    tcase_add_test(tests, test_who_resolved);
    tcase_add_test(tests, test_replies_and_tasks);
    tcase_add_loop_test(tests, test_deep_replies, 0, COUNT(depths));
    tcase_add_loop_test(tests, test_unknown_actions, 0, COUNT(strange));
    tcase_add_test(tests, test_unknown_action_is_passed_on);
    tcase_add_test(tests, test_stopped_by_the_host);
    tcase_add_loop_test(tests, test_wrong, 0, COUNT(wrong));
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
