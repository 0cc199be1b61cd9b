/* gate.c - see gate.h */
#include "gate.h"

#include "error.h"

#include <stdio.h>
#include <stdlib.h>

enum { ASK_AGAIN_MS = 50 }; /* while another call's requests fill the gate */

void bb_gate_init(struct bb_gate *gate, unsigned limit)
{
    *gate = (struct bb_gate){.limit = limit};
    pthread_mutex_init(&gate->lock, NULL);
}

void bb_gate_clear(struct bb_gate *gate)
{
    free(gate->user);
    pthread_mutex_destroy(&gate->lock);
}

static int enter_locked(struct bb_gate *gate, bool with_login, int64_t now_ms,
                        int64_t *ret_wait_ms, struct sp_error *err)
{
    size_t size = err->size;

    if (with_login && gate->login == BB_LOGIN_REFUSED) {
        *err = gate->refusal;
        err->size = size;
        return err->code;
    }
    if (now_ms < gate->not_before_ms) {
        *ret_wait_ms = gate->not_before_ms - now_ms;
        return 0;
    }
    if (gate->in_flight >= (gate->login == BB_LOGIN_ACCEPTED ? gate->limit : 1)) {
        *ret_wait_ms = ASK_AGAIN_MS;
        return 0;
    }
    gate->in_flight++;
    return 1;
}

int bb_gate_enter(struct bb_gate *gate, bool with_login, int64_t now_ms, int64_t *ret_wait_ms,
                  struct sp_error *err)
{
    int rc;

    pthread_mutex_lock(&gate->lock);
    rc = enter_locked(gate, with_login, now_ms, ret_wait_ms, err);
    pthread_mutex_unlock(&gate->lock);
    return rc;
}

void bb_gate_leave(struct bb_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->in_flight--;
    pthread_mutex_unlock(&gate->lock);
}

enum bb_login bb_gate_login(struct bb_gate *gate)
{
    enum bb_login login;

    pthread_mutex_lock(&gate->lock);
    login = gate->login;
    pthread_mutex_unlock(&gate->lock);
    return login;
}

void bb_gate_accept(struct bb_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    if (gate->login == BB_LOGIN_UNKNOWN)
        gate->login = BB_LOGIN_ACCEPTED;
    pthread_mutex_unlock(&gate->lock);
}

void bb_gate_refuse(struct bb_gate *gate, const struct sp_error *why)
{
    pthread_mutex_lock(&gate->lock);
    if (gate->login != BB_LOGIN_REFUSED)
        gate->refusal = *why;
    gate->login = BB_LOGIN_REFUSED;
    pthread_mutex_unlock(&gate->lock);
}

void bb_gate_pause(struct bb_gate *gate, int64_t until_ms)
{
    pthread_mutex_lock(&gate->lock);
    if (until_ms > gate->not_before_ms)
        gate->not_before_ms = until_ms;
    pthread_mutex_unlock(&gate->lock);
}

bool bb_gate_is_stripped(struct bb_gate *gate)
{
    bool stripped;

    pthread_mutex_lock(&gate->lock);
    stripped = gate->stripped && !gate->user;
    pthread_mutex_unlock(&gate->lock);
    return stripped;
}

void bb_gate_note_stripped(struct bb_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->stripped = true;
    pthread_mutex_unlock(&gate->lock);
    bb_gate_accept(gate);
}

void bb_gate_user(struct bb_gate *gate, char *user, size_t size)
{
    pthread_mutex_lock(&gate->lock);
    snprintf(user, size, "%s", gate->user ? gate->user : "");
    pthread_mutex_unlock(&gate->lock);
}
