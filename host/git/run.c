/* run.c - git, from its arguments to its error */
#define _GNU_SOURCE 1 /* asprintf */
#include "run.h"

#include "environment.h"
#include "git_error.h"
#include "process.h"
#include "source_provider_host.h"
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGS_MAX 96
#define WHAT_MAX 64
#define A_DAY_MS 86400000

struct call {
    const struct sh_git_run *run;
    char what[WHAT_MAX]; /* the progress that was told last */
    unsigned percent;
};

/* "remote: Counting objects:  33% (1/3)", with or without the first word. */
static void progress(struct call *call, const char *line)
{
    const struct sh_git_watch *watch = call->run->watch;
    char what[WHAT_MAX];
    unsigned percent;
    int end = 0;

    if (strncmp(line, "remote: ", 8) == 0)
        line += 8;
    if (sscanf(line, "%63[^:]: %u%%%n", what, &percent, &end) != 2 || !end || percent > 100)
        return;
    if (percent == call->percent && strcmp(what, call->what) == 0)
        return;
    call->percent = percent;
    strcpy(call->what, what);
    watch->progress(watch->ctx, what, percent);
}

static void on_line(void *ctx, const char *line)
{
    struct call *call = ctx;

    if (call->run->line)
        call->run->line(call->run->ctx, line);
    if (call->run->watch && call->run->watch->progress)
        progress(call, line);
}

static int on_output(void *ctx, const char *data, size_t len)
{
    const struct call *call = ctx;

    return call->run->output ? call->run->output(call->run->ctx, data, len) : 0;
}

static int on_cancelled(void *ctx)
{
    const struct sh_git_watch *watch = ((const struct call *)ctx)->run->watch;

    return watch && watch->cancelled ? watch->cancelled(watch->ctx) : 0;
}

/* What is told of its arguments: among the others are addresses. */
static const char *verb_of(const struct sh_git_run *run)
{
    const char *const *arg = run->args;

    while (arg[0] && arg[1] && strcmp(arg[0], "-c") == 0)
        arg += 2;
    return arg[0] ? arg[0] : "";
}

static int64_t longest_ms(const struct sh_git_run *run)
{
    if (!run->remote)
        return 0;
    return run->watch && run->watch->longest_ms ? run->watch->longest_ms : A_DAY_MS;
}

static int run_with(const struct sh_git_run *run, const char *const *argv, char *const *env,
                    struct sp_error *err)
{
    struct call call = {.run = run};
    struct sh_process process = {
        .argv = argv,
        .env = env,
        .input = run->input,
        .input_len = run->input_len,
        .longest_ms = longest_ms(run),
        .keep = run->lock ? run->lock : -1,
        .ctx = &call,
        .output = on_output,
        .line = on_line,
        .cancelled = on_cancelled,
    };
    struct sh_process_end end;
    int64_t began_ns = sh_trace_begin();
    int rc = sh_process_run(&process, &end, err);

    SH_TRACE(began_ns, "git", verb_of(run), SH_FACT_TEXT("verb", verb_of(run)),
             SH_FACT("exit_status", end.status), SH_FACT_TEXT("result", sp_code_name(rc)));
    if (rc == 0 && end.status != 0)
        rc = sh_git_explain(end.status, end.errors.kept, run->remote, err);
    explicit_bzero(&end.errors, sizeof end.errors);
    return rc;
}

int sh_git_run(const struct sh_git_run *run, struct sp_error *err)
{
    const char *argv[ARGS_MAX + 4] = {"git"};
    char *git_dir = NULL, **env = NULL;
    size_t n = 1;
    int rc;

    if (run->dir && asprintf(&git_dir, "--git-dir=%s", run->dir) < 0)
        return sp_error_set(err, SP_ERR_NOMEM, "git: out of memory for its arguments");
    if (git_dir)
        argv[n++] = git_dir;
    for (size_t i = 0; i < ARGS_MAX && run->args[i]; i++)
        argv[n++] = run->args[i];
    rc = sh_git_environment_new(run->remote, run->extra, &env, err);
    if (rc == 0)
        rc = run_with(run, argv, env, err);
    sh_git_environment_free(env);
    free(git_dir);
    return rc;
}

int sh_git_ask(const char *dir, const char *const *args, const struct sh_process_text *input,
               const struct sh_git_watch *watch, struct sh_process_lines *lines)
{
    struct sh_git_run run = {.dir = dir,
                             .args = args,
                             .watch = watch,
                             .input = input ? input->data : NULL,
                             .input_len = input ? input->len : 0,
                             .ctx = lines,
                             .output = sh_process_lines_feed};
    int rc = sh_git_run(&run, lines->err);

    sh_process_lines_clear(lines);
    return rc;
}
