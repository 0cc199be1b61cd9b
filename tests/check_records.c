/* check_records.c - people, organizations, repositories, commits: JSON becomes records */
#include "plugin_fixture.h"

#include <stdlib.h>
#include <string.h>

static struct reading reading;

START_TEST(test_person)
{
    const struct sp_person *person;

    reading_open(&reading, "{'name':'jdoe','slug':'j_doe','id':7,'displayName':'J. D\303\266e',"
                           "'emailAddress':'j@example.com','active':true,'type':'NORMAL',"
                           "'links':{'self':[]},'news':1}");
    person = bb_record_person(&reading.node, &reading.arena);
    ck_assert_uint_eq(person->size, sizeof *person);
    ck_assert_int_eq(person->id, 7);
    ck_assert_str_eq(person->name, "jdoe");
    ck_assert_str_eq(person->slug, "j_doe");
    ck_assert_str_eq(person->display_name, "J. D\303\266e");
    ck_assert_str_eq(person->email, "j@example.com");
    ck_assert_uint_eq(person->flags, 0);
    reading_close(&reading);
}
END_TEST

static const struct {
    const char *json;
    uint64_t flags;
} people[] = {
    {"{}", 0}, /* everything may be absent */
    {"{'id':7,'active':null,'type':null,'emailAddress':null}", 0},
    {"{'id':7,'active':false}", SP_PERSON_INACTIVE},
    {"{'id':7,'active':true,'type':'SERVICE'}", SP_PERSON_SERVICE},
    {"{'id':7,'active':false,'type':'SERVICE'}", SP_PERSON_INACTIVE | SP_PERSON_SERVICE},
    {"{'id':7,'type':'ROBOT_OF_TOMORROW'}", 0},
};

START_TEST(test_people)
{
    const struct sp_person *person;

    reading_open(&reading, people[_i].json);
    person = bb_record_person(&reading.node, &reading.arena);
    ck_assert_uint_eq(person->flags, people[_i].flags);
    ck_assert_ptr_null(person->name);
    ck_assert_ptr_null(person->email);
    reading_close(&reading);
}
END_TEST

START_TEST(test_no_person)
{
    struct bb_node nobody;

    reading_open(&reading, "{'author':null}");
    nobody = bb_json_object(&reading.node, "author");
    ck_assert_ptr_null(bb_record_person(&nobody, &reading.arena));
    reading_close(&reading);
}
END_TEST

static const struct {
    const char *json, *message;
} wrong_people[] = {
    {"{'id':'7'}", "values[3].id is string"},
    {"{'name':7}", "values[3].name is int"},
    {"{'slug':[]}", "values[3].slug is array"},
    {"{'displayName':{}}", "values[3].displayName is object"},
    {"{'emailAddress':false}", "values[3].emailAddress is boolean"},
    {"{'active':'yes'}", "values[3].active is string"},
    {"{'type':1}", "values[3].type is int"},
};

START_TEST(test_wrong_people)
{
    reading_open(&reading, wrong_people[_i].json);
    bb_record_person(&reading.node, &reading.arena);
    reading_close_wrong(&reading, wrong_people[_i].message);
}
END_TEST

static const struct {
    const char *json, *key;
    uint32_t visibility, flags;
} organizations[] = {
    {"{'key':'PLAT','id':4,'public':true,'type':'NORMAL'}", "PLAT", SP_PUBLIC, 0},
    {"{'key':'PLAT','id':4,'public':false}", "PLAT", SP_PRIVATE, 0},
    {"{'key':'PLAT','id':4}", "PLAT", SP_VISIBILITY_UNKNOWN, 0},
    {"{'key':'~JDOE','id':4,'type':'PERSONAL','owner':{'id':1}}", "~JDOE",
     SP_VISIBILITY_UNKNOWN, SP_ORGANIZATION_PERSONAL},
    {"{'key':'~JDOE','id':4}", "~JDOE", SP_VISIBILITY_UNKNOWN, SP_ORGANIZATION_PERSONAL},
    {"{'key':'JDOE','id':4,'type':'PERSONAL'}", "JDOE", SP_VISIBILITY_UNKNOWN,
     SP_ORGANIZATION_PERSONAL},
};

START_TEST(test_organizations)
{
    struct sp_organization record;

    reading_open(&reading, organizations[_i].json);
    bb_record_organization(&reading.node, &record);
    ck_assert_uint_eq(record.size, sizeof record);
    ck_assert_int_eq(record.id, 4);
    ck_assert_str_eq(record.key, organizations[_i].key);
    ck_assert_uint_eq(record.visibility, organizations[_i].visibility);
    ck_assert_uint_eq(record.flags, organizations[_i].flags);
    ck_assert_ptr_null(record.name);
    ck_assert_ptr_null(record.description);
    reading_close(&reading);
}
END_TEST

START_TEST(test_names_of_organization)
{
    struct sp_organization record;

    reading_open(&reading, "{'key':'P','id':4,'name':'','description':'a\\nb'}");
    bb_record_organization(&reading.node, &record);
    ck_assert_str_eq(record.name, "");
    ck_assert_str_eq(record.description, "a\nb");
    reading_close(&reading);
}
END_TEST

static const struct {
    const char *json, *message;
} wrong_organizations[] = {
    {"{'key':'PLAT'}", "values[3].id is missing"},
    {"{'id':4}", "values[3].key is missing"},
    {"{'id':4,'key':''}", "values[3].key is missing"},
    {"{'id':0,'key':'PLAT'}", "values[3].id is missing"},
    {"{'id':4,'key':4}", "values[3].key is int"},
    {"{'id':4,'key':'PLAT','public':'no'}", "values[3].public is string"},
    {"{'id':4,'key':'PLAT','name':[]}", "values[3].name is array"},
};

START_TEST(test_wrong_organizations)
{
    struct sp_organization record;

    reading_open(&reading, wrong_organizations[_i].json);
    bb_record_organization(&reading.node, &record);
    reading_close_wrong(&reading, wrong_organizations[_i].message);
}
END_TEST

/* A repository as json tells it, seen from https://git.example.com/bitbucket. */
static struct sp_repository repository_of(const char *json)
{
    struct sp_instance *instance = new_instance();
    struct sp_repository record;

    reading_open(&reading, json);
    bb_record_repository(&reading.node, &instance->base, &reading.arena, &record);
    bb_close(instance);
    return record;
}

START_TEST(test_repository)
{
    struct sp_repository record = repository_of(
        "{'slug':'core-api','id':21,'name':'Core API','description':'d','defaultBranch':'dev',"
        "'state':'AVAILABLE','public':false,'archived':false,'project':{'key':'PLAT','id':4},"
        "'links':{'self':[{'href':'http://10.0.0.1:7990/projects/PLAT/repos/core-api'}]}}");

    ck_assert_uint_eq(record.size, sizeof record);
    ck_assert_int_eq(record.id, 21);
    ck_assert_int_eq(record.organization_id, 4);
    ck_assert_int_eq(record.origin_id, 0);
    ck_assert_str_eq(record.path, "PLAT/core-api");
    ck_assert_str_eq(record.slug, "core-api");
    ck_assert_str_eq(record.name, "Core API");
    ck_assert_str_eq(record.description, "d");
    ck_assert_str_eq(record.default_branch, "dev");
    ck_assert_str_eq(record.state, "AVAILABLE");
    ck_assert_str_eq(record.web_url,
                     "https://git.example.com/bitbucket/projects/PLAT/repos/core-api");
    ck_assert_uint_eq(record.visibility, SP_PRIVATE);
    ck_assert_uint_eq(record.flags, 0);
    reading_close(&reading);
}
END_TEST

START_TEST(test_personal_fork)
{
    struct sp_repository record =
        repository_of("{'slug':'a b','id':22,'project':{'key':'~J D','id':5,'type':'PERSONAL'},"
                      "'origin':{'id':21,'slug':'core-api','project':{'key':'PLAT','id':4}}}");

    ck_assert_str_eq(record.path, "~J D/a b");
    ck_assert_str_eq(record.web_url,
                     "https://git.example.com/bitbucket/users/J%20D/repos/a%20b");
    ck_assert_int_eq(record.organization_id, 5);
    ck_assert_int_eq(record.origin_id, 21);
    ck_assert_uint_eq(record.flags, SP_REPOSITORY_FORK);
    ck_assert_uint_eq(record.visibility, SP_VISIBILITY_UNKNOWN);
    ck_assert_ptr_null(record.state);
    ck_assert_ptr_null(record.default_branch);
    reading_close(&reading);
}
END_TEST

static const struct {
    const char *members;
    uint32_t flags;
} flags_of_repositories[] = {
    {"'archived':true,'state':'AVAILABLE'", SP_REPOSITORY_ARCHIVED},
    {"'archived':null,'state':null,'origin':null", 0},
    {"'state':'OFFLINE'", SP_REPOSITORY_OFFLINE},
    {"'state':'INITIALISING'", SP_REPOSITORY_OFFLINE},
    {"'state':'INITIALISATION_FAILED','archived':true",
     SP_REPOSITORY_OFFLINE | SP_REPOSITORY_ARCHIVED},
    {"'origin':{}", SP_REPOSITORY_FORK}, /* of what, cannot be seen */
};

START_TEST(test_flags_of_repositories)
{
    char *json = text_of("{'slug':'x','id':1,'project':{'key':'P','id':2},%s}",
                         flags_of_repositories[_i].members);

    ck_assert_uint_eq(repository_of(json).flags, flags_of_repositories[_i].flags);
    reading_close(&reading);
    free(json);
}
END_TEST

static const struct {
    const char *json, *message;
} wrong_repositories[] = {
    {"{'slug':'x','project':{'key':'P','id':2}}", "values[3].id is missing"},
    {"{'id':1,'project':{'key':'P','id':2}}", "values[3].slug is missing"},
    {"{'id':1,'slug':'','project':{'key':'P','id':2}}", "values[3].slug is missing"},
    {"{'id':1,'slug':'..','project':{'key':'P','id':2}}", "values[3].slug is no name"},
    {"{'id':1,'slug':'.','project':{'key':'P','id':2}}", "values[3].slug is no name"},
    {"{'id':1,'slug':'x','project':{'key':'..','id':2}}", "values[3].project.key is no name"},
    {"{'id':1,'slug':'x','project':'P'}", "values[3].project is string"},
    {"{'id':1,'slug':'x','project':{'key':7}}", "values[3].project.key is int"},
    {"{'id':1,'slug':'x','project':{'key':'P','id':'2'}}", "values[3].project.id is string"},
    {"{'id':1,'slug':'x','origin':[]}", "values[3].origin is array"},
    {"{'id':1,'slug':'x','origin':{'id':'y'}}", "values[3].origin.id is string"},
    {"{'id':1,'slug':'x','archived':'true'}", "values[3].archived is string"},
    {"{'id':1,'slug':'x','state':3}", "values[3].state is int"},
};

START_TEST(test_wrong_repositories)
{
    repository_of(wrong_repositories[_i].json);
    reading_close_wrong(&reading, wrong_repositories[_i].message);
}
END_TEST

START_TEST(test_commit)
{
    struct sp_commit record;

    reading_open(&reading,
                 "{'id':'c0ffee','displayId':'c0f','author':{'name':'A','emailAddress'"
                 ":'a@example.com'},'authorTimestamp':1700000000000,'committer':{"
                 "'name':'cee','id':3,'displayName':'C','emailAddress':"
                 "'c@example.com'},'committerTimestamp':'2023-11-14T22:13:21Z',"
                 "'message':'one\\n\\ntwo','parents':[{'id':'p1'},{'id':'p2'}]}");
    bb_record_commit(&reading.node, &reading.arena, &record);
    ck_assert_uint_eq(record.size, sizeof record);
    ck_assert_str_eq(record.sha, "c0ffee");
    ck_assert_str_eq(record.author_name, "A");
    ck_assert_str_eq(record.author_email, "a@example.com");
    ck_assert_int_eq(record.authored_ms, 1700000000000);
    ck_assert_str_eq(record.committer_name, "cee");
    ck_assert_str_eq(record.committer_email, "c@example.com");
    ck_assert_int_eq(record.committed_ms, 1700000001000);
    ck_assert_str_eq(record.message, "one\n\ntwo");
    ck_assert_uint_eq(record.n_parents, 2);
    ck_assert_str_eq(record.parents[0], "p1");
    ck_assert_str_eq(record.parents[1], "p2");
    reading_close(&reading);
}
END_TEST

START_TEST(test_bare_commit)
{
    struct sp_commit record;

    reading_open(&reading, "{'id':'c0ffee','author':null,'parents':[]}");
    bb_record_commit(&reading.node, &reading.arena, &record);
    ck_assert_ptr_null(record.author_name);
    ck_assert_ptr_null(record.committer_email);
    ck_assert_ptr_null(record.message);
    ck_assert_int_eq(record.authored_ms, 0);
    ck_assert_uint_eq(record.n_parents, 0);
    reading_close(&reading);
}
END_TEST

static const struct {
    const char *json, *message;
} wrong_commits[] = {
    {"{'message':'x'}", "values[3].id is missing"},
    {"{'id':7}", "values[3].id is int"},
    {"{'id':'c','parents':[{'id':'p'},{}]}", "values[3].parents[1].id is missing"},
    {"{'id':'c','parents':['p']}", "values[3].parents[0] is string"},
    {"{'id':'c','parents':{}}", "values[3].parents is object"},
    {"{'id':'c','author':{'name':7}}", "values[3].author.name is int"},
    {"{'id':'c','author':'A'}", "values[3].author is string"},
    {"{'id':'c','authorTimestamp':'today'}", "values[3].authorTimestamp is neither"},
};

START_TEST(test_wrong_commits)
{
    struct sp_commit record;

    reading_open(&reading, wrong_commits[_i].json);
    bb_record_commit(&reading.node, &reading.arena, &record);
    reading_close_wrong(&reading, wrong_commits[_i].message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("records");
    TCase *tests = tcase_create("records");

    tcase_add_test(tests, test_person);
    tcase_add_loop_test(tests, test_people, 0, COUNT(people));
    tcase_add_test(tests, test_no_person);
    tcase_add_loop_test(tests, test_wrong_people, 0, COUNT(wrong_people));
    tcase_add_loop_test(tests, test_organizations, 0, COUNT(organizations));
    tcase_add_test(tests, test_names_of_organization);
    tcase_add_loop_test(tests, test_wrong_organizations, 0, COUNT(wrong_organizations));
    tcase_add_test(tests, test_repository);
    tcase_add_test(tests, test_personal_fork);
    tcase_add_loop_test(tests, test_flags_of_repositories, 0, COUNT(flags_of_repositories));
    tcase_add_loop_test(tests, test_wrong_repositories, 0, COUNT(wrong_repositories));
    tcase_add_test(tests, test_commit);
    tcase_add_test(tests, test_bare_commit);
    tcase_add_loop_test(tests, test_wrong_commits, 0, COUNT(wrong_commits));
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
