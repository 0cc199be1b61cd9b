/* run.h - one call of git
 *
 * It gets its environment from environment.h, runs by process.h, and is explained by
 * git_error.h: who calls says only what is to be done.
 */
#ifndef SH_GIT_RUN_H
#define SH_GIT_RUN_H

#include "git.h"
#include "process_lines.h"

#define SH_GIT_SHA_LEN 40 /* of SHA-1; the host knows no other object names */

struct sh_git_run {
    const char *dir;                    /* the repository; NULL: none is needed */
    const char *const *args;            /* NULL-ended, what follows "git" */
    const struct sp_git_remote *remote; /* who is talked to; NULL: nobody */
    const struct sh_git_watch *watch;   /* NULL: nobody watches */
    const char *extra;                  /* "NAME=value" for the environment, or NULL */
    const char *input;                  /* for git to read, or NULL */
    size_t input_len;
    int lock; /* the mirror's lock, for git to hold too; 0: none */
    void *ctx;
    int (*output)(void *ctx, const char *data, size_t len); /* NULL: thrown away */
    void (*line)(void *ctx, const char *line);              /* of its standard error, or NULL */
};

/* Returns 0 when git has done it, else what went wrong, or what `output` returned. */
int sh_git_run(const struct sh_git_run *run, struct sp_error *err);

/* The same of a mirror that is asked something and answers in lines, which are cleared.
 * `input` and `watch` may be NULL. */
int sh_git_ask(const char *dir, const char *const *args, const struct sh_process_text *input,
               const struct sh_git_watch *watch, struct sh_process_lines *);

#endif
