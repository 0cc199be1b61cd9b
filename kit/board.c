/* board.c - see board.h */
#include "board.h"

#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOTES_MAX = 12 /* lines of one check; more say no more */ };

struct kit_board {
    pthread_mutex_t lock; /* among threads of the child */
    char name[64];        /* "" between two checks */
    char note[NOTES_MAX][600];
    unsigned n_notes, limit_s;
    enum kit_outcome outcome;
    unsigned done, failed;
    const char *bail; /* why, the same text in both processes */
    bool ended;
};

struct kit_board *kit_board_new(void)
{
    struct kit_board *board =
        mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (board == MAP_FAILED)
        return NULL;
    pthread_mutex_init(&board->lock, NULL);
    return board;
}

void kit_board_begin(struct kit_board *board, const char *name, unsigned limit_s)
{
    snprintf(board->name, sizeof board->name, "%s", name);
    board->n_notes = 0;
    board->outcome = KIT_PASSED;
    board->limit_s = limit_s;
    alarm(limit_s);
}

__attribute__((format(printf, 3, 0))) static void
note(struct kit_board *board, enum kit_outcome outcome, const char *format, va_list args)
{
    if (outcome > board->outcome)
        board->outcome = outcome;
    if (board->n_notes < NOTES_MAX)
        vsnprintf(board->note[board->n_notes], sizeof board->note[0], format, args);
    board->n_notes++;
}

void kit_board_note(struct kit_board *board, enum kit_outcome outcome, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    pthread_mutex_lock(&board->lock);
    note(board, outcome, format, args);
    pthread_mutex_unlock(&board->lock);
    va_end(args);
}

int kit_board_has_failed(const struct kit_board *board)
{
    return board->outcome == KIT_FAILED;
}

static void print_notes(const struct kit_board *board)
{
    unsigned shown = board->n_notes < NOTES_MAX ? board->n_notes : NOTES_MAX;

    for (unsigned i = 0; i < shown; i++)
        printf("# %s\n", board->note[i]);
    if (board->n_notes > shown)
        printf("# and %u more\n", board->n_notes - shown);
}

void kit_board_end(struct kit_board *board)
{
    unsigned number = ++board->done;

    alarm(0);
    if (board->outcome == KIT_SKIPPED) {
        printf("ok %u - %s # SKIP %s\n", number, board->name, board->note[0]);
    } else {
        printf("%sok %u - %s\n", board->outcome == KIT_FAILED ? "not " : "", number,
               board->name);
        print_notes(board);
    }
    board->failed += board->outcome == KIT_FAILED;
    board->name[0] = '\0';
    fflush(stdout);
}

void kit_board_bail(struct kit_board *board, const char *why)
{
    board->bail = why;
}

int kit_board_has_bailed(const struct kit_board *board)
{
    return board->bail != NULL;
}

void kit_board_finish(struct kit_board *board)
{
    if (board->bail)
        printf("Bail out! %s\n", board->bail);
    else
        printf("1..%u\n", board->done);
    fflush(stdout);
}

/* A check of which there is no more to come. */
static void tell_death(struct kit_board *board, int status)
{
    /* The lock may be the child's for ever: it is not taken. */
    char how[120];

    if (!board->name[0])
        snprintf(board->name, sizeof board->name, "the end of the process");
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        snprintf(how, sizeof how, "it did not end within %u s", board->limit_s);
    else if (WIFSIGNALED(status))
        snprintf(how, sizeof how, "the process was ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(how, sizeof how, "the module called exit(%d)", WEXITSTATUS(status));
    if (board->n_notes >= NOTES_MAX)
        board->n_notes = NOTES_MAX - 1;
    snprintf(board->note[board->n_notes++], sizeof board->note[0], "%s", how);
    board->outcome = KIT_FAILED;
    kit_board_end(board);
    printf("1..%u\n", board->done);
}

int kit_board_supervise(struct kit_board *board, int (*work)(void *ctx), void *ctx)
{
    int status = 0;
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        int rc = work(ctx);

        board->ended = true;
        exit(rc); /* not _exit: what looks for leaks does it now */
    }
    if (child < 0 || waitpid(child, &status, 0) < 0) {
        perror("source-provider-check");
        return 2;
    }
    if (board->ended && WIFEXITED(status))
        return board->bail ? 2 : WEXITSTATUS(status) ? WEXITSTATUS(status) : board->failed != 0;
    tell_death(board, status);
    return 1;
}
