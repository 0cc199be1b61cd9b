/* git_server.h - the fake Bitbucket Server, as the tests of host/git need it */
#ifndef GIT_SERVER_H
#define GIT_SERVER_H

#include "git_fixture.h"

/* "flow-service", who may read everything, with the right and with a wrong password */
#define RIGHT_LOGIN "Basic Zmxvdy1zZXJ2aWNlOnMzY3JldCBwYXNzOnfDtnJk"
#define WRONG_LOGIN "Basic Zmxvdy1zZXJ2aWNlOndyb25n"

/* fixture_begin, run_all and fixture_end, with the server (SH_SRCDIR/tests/bitbucket) there
 * for as long as that lasts. */
int server_run_all(Suite *suite);

/* Its address; no slash at its end. */
const char *server_url(void);

/* The body of the answer to a request under /_control, until the end of the program. */
const char *control(const char *method, const char *name, const char *body);

/* How often `what` is in the log of requests since it was cleared. */
unsigned requests_with(const char *what);
void forget_requests(void);

/* A new empty repository on the server.  Scripts find its directory in the variable S and
 * the one where its mirror is to be in M; nothing is there yet. */
struct place {
    const char *mirror; /* path */
    struct sp_git_remote remote;
};
struct place new_place(void);

/* A new commit, without a parent, on the server's branch main. */
void push_commit(void);

/* A fetch that must fail, with one line of a message that tells no secret. */
struct sp_error failing_fetch(const struct place *place, const struct sh_git_watch *watch);

/* `message` is a part of the error's. */
void assert_error(const struct sp_error *err, int code, int http_status, uint32_t flags,
                  const char *message);

#endif
