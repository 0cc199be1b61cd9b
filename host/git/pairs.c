/* pairs.c - many pairs of commits at once: where they part, and what changed since */
#include "git.h"

#include "git_error.h"
#include "names.h"
#include "process_lines.h"
#include "run.h"
#include "stat.h"

#include <stdio.h>
#include <string.h>

struct walk {
    struct sh_git_pair *pair;
    size_t n;
    size_t next; /* pairs that were told of */
    struct sp_error *err;
};

/* For each pair its two ends, the second one first; then "^SHA" for each merge base. */
static int take_end_or_base(void *ctx, char *line)
{
    struct walk *walk = ctx;
    struct sh_git_pair *pair = walk->next > 1 ? &walk->pair[(walk->next - 2) / 2] : NULL;

    if (line[0] != '^') {
        walk->next++;
        return walk->next <= 2 * walk->n && sh_git_is_sha(line, '\0')
                   ? 0
                   : sh_git_not_understood(walk->err);
    }
    if (!pair || walk->next % 2 || !sh_git_is_sha(line + 1, '\0'))
        return sh_git_not_understood(walk->err);
    if (pair->n_bases++ == 0)
        strcpy(pair->base, line + 1);
    return 0;
}

/* Git stops at a pair of which it lacks a commit: *ret_told counts those before it, and it. */
static int find_some_bases(const char *dir, struct sh_git_pair *pair, size_t n,
                           const struct sh_git_watch *watch, size_t *ret_told,
                           struct sp_error *err)
{
    struct walk walk = {.pair = pair, .n = n, .err = err};
    struct sh_process_lines lines = {.fn = take_end_or_base, .ctx = &walk, .err = err};
    char spec[SH_GIT_PAIRS_MAX][2 * SH_GIT_SHA_LEN + 4];
    const char *args[SH_GIT_PAIRS_MAX + 3] = {"rev-parse", "--revs-only"};
    int rc;

    for (size_t i = 0; i < n; i++) {
        snprintf(spec[i], sizeof spec[i], "%s...%s", pair[i].to, pair[i].from);
        args[i + 2] = spec[i];
    }
    rc = sh_git_ask(dir, args, NULL, watch, &lines);
    *ret_told = walk.next / 2;
    return rc || *ret_told ? rc : sh_git_not_understood(err);
}

static int find_bases(const char *dir, struct sh_git_pair *pair, size_t n,
                      const struct sh_git_watch *watch, struct sp_error *err)
{
    size_t told = 0;
    int rc = 0;

    for (size_t i = 0; i < n; i++) {
        if (!sh_git_is_sha(pair[i].from, '\0') || !sh_git_is_sha(pair[i].to, '\0'))
            return sp_error_set(err, SP_ERR_INVALID, "git: not the whole names of two commits");
        pair[i].n_bases = 0;
        pair[i].size = (struct sh_git_size){0};
    }
    for (size_t i = 0; rc == 0 && i < n; i += told)
        rc = find_some_bases(dir, pair + i, n - i, watch, &told, err);
    return rc;
}

/* For each pair that has a base the name of its `from`, then, where they differ, how much. */
static int take_size(void *ctx, char *line)
{
    struct walk *walk = ctx;

    if (line[0] == ' ' && walk->next > 0) {
        sh_git_stat_parse(line, &walk->pair[walk->next - 1].size);
        return 0;
    }
    if (line[0] == '\0')
        return 0;
    while (walk->next < walk->n && walk->pair[walk->next].n_bases == 0)
        walk->next++;
    if (walk->next == walk->n || strcmp(walk->pair[walk->next].from, line) != 0)
        return sh_git_not_understood(walk->err);
    walk->next++;
    return 0;
}

/* As `git diff` does it: with renames found. */
static int find_sizes(const char *dir, struct sh_git_pair *pair, size_t n,
                      const struct sh_git_watch *watch, struct sp_error *err)
{
    static const char *const args[] = {"diff-tree",   "--stdin",  "-r",         "-M",
                                       "--shortstat", "--always", "--no-color", NULL};
    struct walk walk = {.pair = pair, .n = n, .err = err};
    struct sh_process_lines lines = {.fn = take_size, .ctx = &walk, .err = err};
    struct sh_process_text input = {.max = (size_t)SH_GIT_PAIRS_MAX * (2 * SH_GIT_SHA_LEN + 2)};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < n; i++) {
        char line[2 * SH_GIT_SHA_LEN + 3];

        if (pair[i].n_bases) {
            snprintf(line, sizeof line, "%s %s\n", pair[i].from, pair[i].base);
            rc = sh_process_text_add(&input, line, strlen(line), err);
        }
    }
    if (rc == 0 && input.len)
        rc = sh_git_ask(dir, args, &input, watch, &lines);
    sh_process_text_clear(&input);
    return rc;
}

int sh_git_pairs(const char *dir, struct sh_git_pair *pair, size_t n,
                 const struct sh_git_watch *watch, struct sp_error *err)
{
    int rc = find_bases(dir, pair, n, watch, err);

    return rc ? rc : find_sizes(dir, pair, n, watch, err);
}
