/* aside.c - see aside.h
 *
 * Two blocks of memory: one is filled, while the thread is at the statements of the other.
 */
#include "store/aside.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 128 * 1024, STACK = 512 * 1024 };

/* Statements one after the other: each its head, its parameters, then the bytes of their texts.
 * All begin where a pointer may. */
struct block {
    char *bytes;
    size_t used;
};

struct head {
    const char *sql;
    size_t n, size; /* of the whole statement, in bytes */
};

struct sh_aside {
    sh_obey_fn obey;
    void *ctx;
    struct block block[2];
    struct block *filling;

    pthread_t thread;
    bool is_started;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t changed;
    struct block *obeying; /* NULL: the thread has nothing to do */
    bool is_ending;
    struct sp_error err; /* of the first that failed; code 0: none did */
};

struct sh_aside *sh_aside_new(sh_obey_fn obey, void *ctx)
{
    struct sh_aside *aside = calloc(1, sizeof *aside);

    if (!aside)
        return NULL;
    aside->obey = obey;
    aside->ctx = ctx;
    aside->filling = &aside->block[0];
    sp_error_clear(&aside->err);
    pthread_mutex_init(&aside->lock, NULL);
    pthread_cond_init(&aside->changed, NULL);
    return aside;
}

/* ---- In the thread ---------------------------------------------------------- */

static int obey_block(struct sh_aside *aside, struct block *block, struct sp_error *err)
{
    struct head head;
    int rc = SP_OK;

    for (size_t at = 0; !rc && at < block->used; at += head.size) {
        const struct sh_value *parameters =
            (struct sh_value *)(block->bytes + at + sizeof head);

        memcpy(&head, block->bytes + at, sizeof head);
        rc = aside->obey(aside->ctx, head.sql, parameters, head.n, err);
    }
    return rc;
}

static void *work(void *ctx)
{
    struct sh_aside *aside = ctx;
    struct sp_error err;

    pthread_mutex_lock(&aside->lock);
    while (!aside->is_ending) {
        int rc;

        if (!aside->obeying) {
            pthread_cond_wait(&aside->changed, &aside->lock);
            continue;
        }
        pthread_mutex_unlock(&aside->lock);
        rc = obey_block(aside, aside->obeying, &err);
        pthread_mutex_lock(&aside->lock);
        if (rc)
            aside->err = err;
        aside->obeying->used = 0;
        aside->obeying = NULL;
        pthread_cond_signal(&aside->changed);
    }
    pthread_mutex_unlock(&aside->lock);
    return NULL;
}

/* ---- In the caller's -------------------------------------------------------- */

/* Signals are for the threads that work. */
static int start(struct sh_aside *aside, struct sp_error *err)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    int failed;

    for (size_t i = 0; i < 2; i++)
        if (!aside->block[i].bytes && !(aside->block[i].bytes = malloc(BLOCK)))
            return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&aside->thread, &attributes, work, aside);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (failed)
        return sp_error_set(err, SP_ERR_HOST, "cannot start a thread: %s", strerror(failed));
    aside->is_started = true;
    return SP_OK;
}

/* Waits until the thread has done what it had; its error is told once. */
static int await(struct sh_aside *aside, struct sp_error *err)
{
    int rc;

    while (aside->obeying)
        pthread_cond_wait(&aside->changed, &aside->lock);
    rc = aside->err.code;
    if (rc)
        *err = aside->err;
    sp_error_clear(&aside->err);
    return rc;
}

/* What is filled goes to the thread, once that has done the other block. */
static int hand_over(struct sh_aside *aside, struct sp_error *err)
{
    int rc;

    pthread_mutex_lock(&aside->lock);
    rc = await(aside, err);
    if (rc) {
        aside->filling->used = 0;
    } else {
        aside->obeying = aside->filling;
        aside->filling = &aside->block[aside->filling == &aside->block[0]];
        pthread_cond_signal(&aside->changed);
    }
    pthread_mutex_unlock(&aside->lock);
    return rc;
}

static size_t text_size(const struct sh_value *parameter)
{
    return parameter->type == SH_VALUE_TEXT && !parameter->is_null ? strlen(parameter->text) + 1
                                                                   : 0;
}

static size_t size_of(const struct sh_value *parameters, size_t n)
{
    size_t size = sizeof(struct head) + n * sizeof *parameters;

    for (size_t i = 0; i < n; i++)
        size += text_size(&parameters[i]);
    return (size + _Alignof(struct head) - 1) / _Alignof(struct head) * _Alignof(struct head);
}

static void copy(struct block *block, const struct head *head,
                 const struct sh_value *parameters)
{
    char *at = block->bytes + block->used;
    struct sh_value *copies = (struct sh_value *)(at + sizeof *head);
    char *text = (char *)(copies + head->n);

    memcpy(at, head, sizeof *head);
    memcpy(copies, parameters, head->n * sizeof *copies);
    for (size_t i = 0; i < head->n; i++) {
        size_t size = text_size(&parameters[i]);

        if (!size)
            continue;
        copies[i].text = memcpy(text, parameters[i].text, size);
        text += size;
    }
    block->used += head->size;
}

int sh_aside_put(struct sh_aside *aside, const char *sql, const struct sh_value *parameters,
                 size_t n, struct sp_error *err)
{
    struct head head = {sql, n, size_of(parameters, n)};
    int rc = aside->is_started ? SP_OK : start(aside, err);

    if (!rc && head.size > BLOCK - aside->filling->used)
        rc = hand_over(aside, err);
    if (rc)
        return rc;
    if (head.size <= BLOCK) {
        copy(aside->filling, &head, parameters);
        return SP_OK;
    }
    rc = sh_aside_finish(aside, err);
    return rc ? rc : aside->obey(aside->ctx, sql, parameters, n, err);
}

int sh_aside_finish(struct sh_aside *aside, struct sp_error *err)
{
    int rc;

    if (!aside->is_started)
        return SP_OK;
    rc = aside->filling->used ? hand_over(aside, err) : SP_OK;
    if (rc)
        return rc;
    pthread_mutex_lock(&aside->lock);
    rc = await(aside, err);
    pthread_mutex_unlock(&aside->lock);
    return rc;
}

void sh_aside_free(struct sh_aside *aside)
{
    if (!aside)
        return;
    if (aside->is_started) {
        pthread_mutex_lock(&aside->lock);
        aside->is_ending = true;
        pthread_cond_signal(&aside->changed);
        pthread_mutex_unlock(&aside->lock);
        pthread_join(aside->thread, NULL);
    }
    pthread_cond_destroy(&aside->changed);
    pthread_mutex_destroy(&aside->lock);
    free(aside->block[0].bytes);
    free(aside->block[1].bytes);
    free(aside);
}
