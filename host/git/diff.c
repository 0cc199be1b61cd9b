/* diff.c - how much one commit differs from where it left another's history */
#include "git.h"

#include "git_error.h"
#include "lines.h"
#include "names.h"
#include "run.h"
#include "stat.h"

#include <stdio.h>

static int take_stat(void *ctx, char *line)
{
    sh_git_stat_parse(line, ctx);
    return 0;
}

int sh_git_diff(const char *dir, const char *from, const char *to,
                const struct sh_git_watch *watch, struct sh_git_size *ret, struct sp_error *err)
{
    struct sh_git_size size = {0};
    struct sh_git_lines lines = {.fn = take_stat, .ctx = &size, .err = err};
    char range[2 * SH_GIT_SHA_LEN + 4];
    const char *args[] = {"diff", "--shortstat", "--no-color", range, "--", NULL};
    struct sh_git_run run = {
        .dir = dir, .args = args, .watch = watch, .ctx = &lines, .output = sh_git_lines_feed};
    int rc;

    if (!sh_git_is_sha(from, '\0') || !sh_git_is_sha(to, '\0'))
        return sh_git_fail(err, SP_ERR_INVALID, "git: not the whole names of two commits");
    snprintf(range, sizeof range, "%s...%s", from, to);
    rc = sh_git_run(&run, err);
    sh_git_lines_clear(&lines);
    if (rc == 0)
        *ret = size;
    return rc;
}
