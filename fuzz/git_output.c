/* git_output.c - what git answers about a mirror, in whatever pieces a pipe gives it
 *
 * sh_git_run and sh_git_ask are put in the place of the real ones by the linker (--wrap): each
 * call gets the next part of the input.
 */
#include "git/git.h"

#include "git/refs.h"
#include "git/run.h"
#include "target.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fuzz_input answers;
static size_t most; /* bytes of a piece */

static int answer(int (*output)(void *, const char *, size_t), void *ctx)
{
    size_t length = 0, piece;
    char *part = fuzz_part(&answers, &length);
    int rc = 0;

    for (size_t at = 0; !rc && at < length; at += piece) {
        piece = at * 7 % most + 1 < length - at ? at * 7 % most + 1 : length - at;
        rc = output(ctx, part + at, piece);
    }
    free(part);
    return rc;
}

int __wrap_sh_git_run(const struct sh_git_run *run, struct sp_error *err);
int __wrap_sh_git_ask(const char *dir, const char *const *args,
                      const struct sh_process_text *input, const struct sh_git_watch *watch,
                      struct sh_process_lines *lines);

int __wrap_sh_git_run(const struct sh_git_run *run, struct sp_error *err)
{
    (void)err;
    return run->output ? answer(run->output, run->ctx) : 0;
}

int __wrap_sh_git_ask(const char *dir, const char *const *args,
                      const struct sh_process_text *input, const struct sh_git_watch *watch,
                      struct sh_process_lines *lines)
{
    int rc = answer(sh_process_lines_feed, lines);

    (void)dir, (void)args, (void)input, (void)watch;
    sh_process_lines_clear(lines);
    return rc;
}

/* ---- What is told ----------------------------------------------------------- */

static bool is_sha(const char *text)
{
    return strlen(text) == 40 && strspn(text, "0123456789abcdef") == 40;
}

static int on_commit(void *ctx, const struct sh_git_commit *commit)
{
    HOLDS(is_sha(commit->sha));
    HOLDS(commit->authored_ms % 1000 == 0 && commit->committed_ms % 1000 == 0);
    HOLDS(commit->size.files >= 0 && commit->size.insertions >= 0);
    HOLDS(commit->size.deletions >= 0);
    fprintf(ctx, "%s|%s|%s|%s|%" PRId64 "|%s|%s|%s|%" PRId64 "|%s|%" PRId64 "\n", commit->sha,
            commit->parents, commit->author_name, commit->author_email, commit->authored_ms,
            commit->author_tz, commit->committer_name, commit->committer_email,
            commit->committed_ms, commit->subject, commit->size.files);
    return 0;
}

static int on_ref(void *ctx, const struct sh_git_ref *ref)
{
    HOLDS(is_sha(ref->sha));
    HOLDS(!strchr(ref->name, '\n'));
    fprintf(ctx, "%s %s\n", ref->sha, ref->name);
    return 0;
}

static int on_sha(void *ctx, const char *sha)
{
    HOLDS(is_sha(sha));
    fprintf(ctx, "%s\n", sha);
    return 0;
}

static const char one[] = "1111111111111111111111111111111111111111";
static const char two[] = "2222222222222222222222222222222222222222";
static const char *const wanted[] = {one, NULL}, *const known[] = {two, NULL};

static int ask_refs_there(FILE *to, struct sp_error *err)
{
    struct sh_git_refs refs = SH_GIT_REFS_INIT;
    struct sp_git_remote remote = {.size = sizeof remote, .url = "https://git.example.com/x"};
    char *head = NULL;
    int rc = sh_git_refs_there("/nowhere", &remote, NULL, false, &refs, &head, err);

    fprintf(to, "%s %zu %zu\n", head ? head : "", refs.branches.len, refs.heads.len);
    free(head);
    sh_git_refs_clear(&refs);
    return rc;
}

static int ask_pairs(FILE *to, struct sp_error *err)
{
    struct sh_git_pair pair[2] = {{.from = one, .to = two}, {.from = two, .to = one}};
    int rc = sh_git_pairs("/nowhere", pair, 2, NULL, err);

    for (int i = 0; !rc && i < 2; i++) {
        HOLDS(pair[i].n_bases == 0 || is_sha(pair[i].base));
        HOLDS(pair[i].n_bases > 0 || pair[i].size.files == 0);
        fprintf(to, "%s %u %" PRId64 "\n", pair[i].base, pair[i].n_bases, pair[i].size.files);
    }
    return rc;
}

static int ask_branch(FILE *to, struct sp_error *err)
{
    char *name = NULL;
    int rc = sh_git_default_branch("/nowhere", &name, err);

    HOLDS((rc == 0) == (name != NULL));
    fprintf(to, "%s\n", name ? name : "");
    free(name);
    return rc;
}

static int ask_count(FILE *to, struct sp_error *err)
{
    uint64_t count = 0;
    int rc = sh_git_count("/nowhere", wanted, known, NULL, &count, err);

    fprintf(to, "%" PRIu64 "\n", count);
    return rc;
}

static int ask(const char *what, FILE *to, struct sp_error *err)
{
    if (strcmp(what, "refs") == 0)
        return sh_git_refs("/nowhere", NULL, on_ref, to, err);
    if (strcmp(what, "refs there") == 0)
        return ask_refs_there(to, err);
    if (strcmp(what, "branch") == 0)
        return ask_branch(to, err);
    if (strcmp(what, "range") == 0)
        return sh_git_range("/nowhere", one, two, NULL, on_sha, to, err);
    if (strcmp(what, "count") == 0)
        return ask_count(to, err);
    if (strcmp(what, "pairs") == 0)
        return ask_pairs(to, err);
    return sh_git_log("/nowhere", wanted, known, NULL, on_commit, to, err);
}

static char *told(const uint8_t *data, size_t size, size_t piece)
{
    struct sp_error err = fuzz_no_error();
    char *text = NULL, *what;
    FILE *to = open_memstream(&text, &(size_t){0});
    int rc;

    HOLDS(to);
    answers = (struct fuzz_input){data, size};
    most = piece;
    what = fuzz_text(&answers);
    rc = ask(what, to, &err);
    if (rc)
        HOLDS(*err.message);
    fprintf(to, "%d", rc);
    fclose(to);
    free(what);
    return text;
}

/* Parts: what is asked, then git's answers. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *whole = told(data, size, size + 1), *bytes = told(data, size, 1),
         *pieces = told(data, size, 50);

    HOLDS(strcmp(whole, bytes) == 0);
    HOLDS(strcmp(whole, pieces) == 0);
    free(whole);
    free(bytes);
    free(pieces);
    return 0;
}
