/* gate.c - see gate.h */
#include "gate.h"

#include "error.h"

#include <stdio.h>
#include <stdlib.h>

enum { ASK_AGAIN_MS = 50 }; /* while another call's requests fill the gate */

void bb_gate_init(struct bb_gate *gate, unsigned limit, int64_t per_second,
                  const struct sp_host *host)
{
    bool keeps = host && SP_HAS(struct sp_host, host, login_leave) && host->login_enter;

    *gate = (struct bb_gate){.limit = limit, .host = keeps ? host : NULL};
    bb_rate_init(&gate->rate, per_second);
    pthread_mutex_init(&gate->lock, NULL);
}

void bb_gate_clear(struct bb_gate *gate)
{
    free(gate->user);
    pthread_mutex_destroy(&gate->lock);
}

void bb_gate_begin(struct bb_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    if (gate->host && gate->login == BB_LOGIN_REFUSED) {
        gate->login = BB_LOGIN_UNKNOWN;
        gate->doubts = 0;
    }
    pthread_mutex_unlock(&gate->lock);
}

/* 1: there is a place among our own requests, and it is taken.  *ret_most: of how many. */
static int take_place(struct bb_gate *gate, bool with_login, int64_t now_ms, unsigned *ret_most,
                      int64_t *ret_wait_ms, struct sp_error *err)
{
    int64_t from_ms =
        gate->paced_ms > gate->not_before_ms ? gate->paced_ms : gate->not_before_ms;
    size_t size = err->size;

    *ret_most = bb_rate_at_once(&gate->rate, gate->limit);
    if (with_login && gate->login == BB_LOGIN_REFUSED) {
        *err = gate->refusal;
        err->size = size;
        return err->code;
    }
    if (now_ms < from_ms) {
        *ret_wait_ms = from_ms - now_ms;
        return 0;
    }
    if (gate->in_flight >= (gate->login == BB_LOGIN_ACCEPTED ? *ret_most : 1)) {
        *ret_wait_ms = ASK_AGAIN_MS;
        return 0;
    }
    gate->in_flight++;
    return 1;
}

static void give_place(struct bb_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->in_flight--;
    pthread_mutex_unlock(&gate->lock);
}

/* What all with the account share, where a host keeps that. */
static bool is_shared(const struct bb_gate *gate)
{
    return gate->host && SP_HAS(struct sp_host, gate->host, rate_enter) &&
           gate->host->rate_enter;
}

/* Of our own; 0, or how long there is none yet. */
static int64_t take_own_token(struct bb_gate *gate, const struct sp_rate *rate, int64_t now_ms)
{
    int64_t wait_us;

    pthread_mutex_lock(&gate->lock);
    wait_us = sp_rate_take(rate, &gate->bucket, now_ms * 1000);
    pthread_mutex_unlock(&gate->lock);
    return (wait_us + 999) / 1000;
}

/* 1: one more request keeps to the rate, and is counted.  Else a seat was given back. */
static int take_token(struct bb_gate *gate, int seat, int64_t now_ms, int64_t *ret_wait_ms,
                      struct sp_error *err)
{
    const struct sp_host *host = gate->host;
    struct sp_rate rate;
    int64_t wait_ms = 0;
    bool matters;
    int rc = 1;

    pthread_mutex_lock(&gate->lock);
    rate = bb_rate_in_force(&gate->rate);
    matters = bb_rate_matters(&gate->rate);
    pthread_mutex_unlock(&gate->lock);
    if (matters && is_shared(gate))
        rc = host->rate_enter(host->ctx, seat, &rate, &wait_ms, err);
    else if (matters && (wait_ms = take_own_token(gate, &rate, now_ms)) > 0)
        rc = 0;
    if (rc <= 0 && seat && !is_shared(gate))
        host->login_leave(host->ctx, seat);
    pthread_mutex_lock(&gate->lock);
    if (rc > 0)
        bb_rate_sent(&gate->rate, &rate);
    else if (rc == 0)
        gate->paced_ms = now_ms + wait_ms;
    pthread_mutex_unlock(&gate->lock);
    if (rc == 0)
        *ret_wait_ms = wait_ms > 0 ? wait_ms : 1;
    return rc;
}

int bb_gate_enter(struct bb_gate *gate, bool with_login, int64_t now_ms, int64_t *ret_wait_ms,
                  int *ret_seat, struct sp_error *err)
{
    const struct sp_host *host = with_login ? gate->host : NULL;
    unsigned most;
    bool proven;
    int rc, seat = 0;

    *ret_seat = 0;
    pthread_mutex_lock(&gate->lock);
    rc = take_place(gate, with_login, now_ms, &most, ret_wait_ms, err);
    proven = gate->login == BB_LOGIN_ACCEPTED;
    pthread_mutex_unlock(&gate->lock);
    if (rc <= 0)
        return rc;
    if (host) {
        rc = seat = host->login_enter(host->ctx, most, proven, err);
        *ret_wait_ms = rc > 0 ? *ret_wait_ms : ASK_AGAIN_MS;
    }
    if (rc > 0)
        rc = take_token(gate, seat, now_ms, ret_wait_ms, err);
    if (rc > 0)
        *ret_seat = seat;
    else
        give_place(gate);
    return rc;
}

void bb_gate_leave(struct bb_gate *gate, int seat)
{
    if (seat)
        gate->host->login_leave(gate->host->ctx, seat);
    give_place(gate);
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
    gate->doubts = 0;
    pthread_mutex_unlock(&gate->lock);
}

/* `why` is what further requests fail with, `told` what the host gets to know. */
static void shut(struct bb_gate *gate, const struct sp_error *why, const struct sp_error *told)
{
    bool is_first;

    pthread_mutex_lock(&gate->lock);
    is_first = gate->login != BB_LOGIN_REFUSED;
    if (is_first)
        gate->refusal = *why;
    gate->login = BB_LOGIN_REFUSED;
    pthread_mutex_unlock(&gate->lock);
    if (is_first && gate->host)
        gate->host->login_refused(gate->host->ctx, told);
}

void bb_gate_refuse(struct bb_gate *gate, const struct sp_error *why)
{
    shut(gate, why, why);
}

bool bb_gate_doubt(struct bb_gate *gate, int64_t began_ms, int64_t ended_ms,
                   struct sp_error *err)
{
    struct sp_error told;
    bool was_accepted, was_beside;
    unsigned doubts;

    pthread_mutex_lock(&gate->lock);
    was_beside = began_ms < gate->doubted_ms;
    was_accepted = gate->login == BB_LOGIN_ACCEPTED;
    if (was_accepted && !was_beside) {
        gate->login = BB_LOGIN_UNKNOWN;
        gate->doubted_ms = ended_ms;
    }
    doubts = gate->doubts += !was_beside;
    pthread_mutex_unlock(&gate->lock);
    if (was_accepted || was_beside)
        return false;
    told = *err;
    told.code = SP_ERR_LOGIN;
    if (doubts == 1)
        told.flags |= SP_ERROR_RETRY;
    else
        err->code = SP_ERR_LOGIN;
    shut(gate, err, &told);
    return err->code == SP_ERR_LOGIN;
}

void bb_gate_pause(struct bb_gate *gate, int64_t until_ms)
{
    pthread_mutex_lock(&gate->lock);
    if (until_ms > gate->not_before_ms)
        gate->not_before_ms = until_ms;
    pthread_mutex_unlock(&gate->lock);
}

void bb_gate_ease(struct bb_gate *gate, int64_t began_ms, int64_t ended_ms, int64_t now_ms)
{
    pthread_mutex_lock(&gate->lock);
    bb_rate_ease(&gate->rate, began_ms, ended_ms, now_ms);
    pthread_mutex_unlock(&gate->lock);
}

void bb_gate_recover(struct bb_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    bb_rate_accepted(&gate->rate);
    pthread_mutex_unlock(&gate->lock);
}

bool bb_gate_wonders(struct bb_gate *gate, int64_t now_ms)
{
    bool wonders;

    pthread_mutex_lock(&gate->lock);
    wonders = gate->login == BB_LOGIN_ACCEPTED && bb_rate_wonders(&gate->rate, now_ms);
    if (wonders)
        gate->rate.since_told = 0;
    pthread_mutex_unlock(&gate->lock);
    return wonders;
}

void bb_gate_tell(struct bb_gate *gate, int64_t capacity, int64_t fill_rate, int64_t now_ms)
{
    struct sp_error ignored = {.size = sizeof ignored}; /* others ask the server, too, then */
    struct sp_rate rate;
    int64_t wait_ms;

    pthread_mutex_lock(&gate->lock);
    if (gate->rate.told_ms > now_ms) /* by a clock that was ahead */
        gate->rate.told_ms = 0;
    bb_rate_told(&gate->rate, capacity, fill_rate, now_ms);
    rate = bb_rate_in_force(&gate->rate);
    pthread_mutex_unlock(&gate->lock);
    rate.requests = 0;
    if (is_shared(gate))
        gate->host->rate_enter(gate->host->ctx, 0, &rate, &wait_ms, &ignored);
}

void bb_gate_keep(struct bb_gate *gate, int64_t now_ms)
{
    int64_t capacity, fill_rate;

    pthread_mutex_lock(&gate->lock);
    capacity = gate->rate.capacity;
    fill_rate = gate->rate.fill_rate;
    pthread_mutex_unlock(&gate->lock);
    bb_gate_tell(gate, capacity, fill_rate, now_ms);
}

void bb_gate_count(struct bb_gate *gate, unsigned n)
{
    pthread_mutex_lock(&gate->lock);
    gate->rate.uncharged += n - 1;
    pthread_mutex_unlock(&gate->lock);
}

bool bb_gate_is_down(struct bb_gate *gate)
{
    bool down;

    pthread_mutex_lock(&gate->lock);
    down = gate->down;
    pthread_mutex_unlock(&gate->lock);
    return down;
}

void bb_gate_note_down(struct bb_gate *gate, bool down)
{
    pthread_mutex_lock(&gate->lock);
    gate->down = down;
    pthread_mutex_unlock(&gate->lock);
}

bool bb_gate_has_answered(struct bb_gate *gate)
{
    bool answered;

    pthread_mutex_lock(&gate->lock);
    answered = gate->answered;
    pthread_mutex_unlock(&gate->lock);
    return answered;
}

void bb_gate_note_answered(struct bb_gate *gate, bool answered)
{
    pthread_mutex_lock(&gate->lock);
    gate->answered = answered;
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
