/* git_server.c - starts the fake Bitbucket Server and talks to its /_control */
#define _GNU_SOURCE 1 /* asprintf, pipe2 */
#include "git_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t server = -1;
static int to_server = -1;
static char url[64];
static unsigned n_places;

static void become_server(const int in[2], const int out[2])
{
    const char *srcdir = getenv("SH_SRCDIR");
    char *program = NULL, *state = NULL;

    if (asprintf(&program, "%s/tests/bitbucket/bitbucket.py", srcdir ? srcdir : ".") < 0 ||
        asprintf(&state, "%s/state", getenv("D")) < 0)
        _exit(127);
    dup2(in[0], 0);
    dup2(out[1], 1);
    execlp("python3", "python3", program, "--until-eof", "--state", state, NULL);
    _exit(127);
}

static int begin(void)
{
    int in[2], out[2];
    FILE *from;
    int found;

    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        return -1;
    server = fork();
    if (server == 0)
        become_server(in, out);
    close(in[0]);
    close(out[1]);
    to_server = in[1];
    from = fdopen(out[0], "r");
    found = from ? fscanf(from, "listening on %63s", url) : 0;
    if (from)
        fclose(from);
    return found == 1 ? 0 : -1;
}

static void end(void)
{
    close(to_server);
    if (server > 0)
        waitpid(server, NULL, 0);
}

int server_run_all(Suite *suite)
{
    fixture_begin();
    if (begin() == 0)
        run_all(suite);
    else
        puts("Bail out! the fake Bitbucket Server does not start");
    end();
    fixture_end();
    return 0;
}

const char *server_url(void)
{
    return url;
}

static int connect_to_server(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons((uint16_t)atoi(strrchr(url, ':') + 1));
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

const char *control(const char *method, const char *name, const char *body)
{
    int fd = connect_to_server();
    struct notes answered = {0};
    char data[4096];
    const char *found, *result;
    ssize_t n;

    dprintf(fd,
            "%s /_control/%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            "Content-Length: %zu\r\n\r\n%s",
            method, name, strlen(body), body);
    while ((n = read(fd, data, sizeof data)) > 0)
        note(&answered, "%.*s", (int)n, data);
    close(fd);
    ck_assert_ptr_nonnull(answered.text);
    if (!strstr(answered.text, " 200 "))
        ck_abort_msg("/_control/%s: %s", name, answered.text);
    found = strstr(answered.text, "\r\n\r\n");
    ck_assert_ptr_nonnull(found);
    result = keep("%s", found + 4);
    notes_clear(&answered);
    return result;
}

unsigned requests_with(const char *what)
{
    const char *log = control("GET", "requests", "");
    unsigned n = 0;

    while ((log = strstr(log, what))) {
        log += strlen(what);
        n++;
    }
    return n;
}

void forget_requests(void)
{
    control("DELETE", "requests", "");
}

struct place new_place(void)
{
    struct place place = {.remote = {.size = sizeof place.remote}};
    const char *name = keep("git-%d-%u", getpid(), ++n_places);
    const char *made = control("POST", "mutate",
                               keep("{\"op\": \"create_repository\", \"project\": \"PLAT\","
                                    " \"name\": \"%s\"}",
                                    name));
    const char *id = strstr(made, "\"id\": ");

    ck_assert_ptr_nonnull(id);
    place.mirror = in_folder(keep("mirrors/there/%s.git", name));
    place.remote.url = keep("%s/scm/plat/%s.git", url, name);
    place.remote.authorization = RIGHT_LOGIN;
    place.remote.flags = SP_GIT_VERIFY_TLS;
    setenv("S", in_folder(keep("state/%d.git", atoi(id + 6))), 1);
    setenv("M", place.mirror, 1);
    control("DELETE", "fault", "");
    forget_requests();
    return place;
}

struct sp_error failing_fetch(const struct place *place, const struct sh_git_watch *watch)
{
    struct sp_error err = no_error();
    int rc = sh_git_fetch(place->mirror, &place->remote, watch, &err);

    ck_assert_int_lt(rc, 0);
    ck_assert_int_eq(err.code, rc);
    ck_assert_uint_gt(strlen(err.message), 0);
    ck_assert_ptr_null(strchr(err.message, '\n'));
    ck_assert_ptr_null(strstr(err.message, strchr(RIGHT_LOGIN, ' ') + 1));
    ck_assert_ptr_null(strstr(err.message, strchr(WRONG_LOGIN, ' ') + 1));
    return err;
}

void assert_error(const struct sp_error *err, int code, int http_status, uint32_t flags,
                  const char *message)
{
    if (!strstr(err->message, message))
        ck_abort_msg("\"%s\" is not in \"%s\"", message, err->message);
    ck_assert_int_eq(err->code, code);
    ck_assert_int_eq(err->http_status, http_status);
    ck_assert_uint_eq(err->flags, flags);
}

void push_commit(void)
{
    script("cd \"$S\"; git update-ref refs/heads/main $(git commit-tree -m x"
           " $(git hash-object -w -t tree /dev/null))");
}
