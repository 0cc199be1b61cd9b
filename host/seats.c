/* seats.c - see seats.h */
#include "seats.h"

#include "clock.h"
#include "range_lock.h"

#include <unistd.h>

enum {
    SEATS_MAX = 64,
    PROOF = SEATS_MAX, /* byte of who proves a login */
    WAITING,           /* byte of who waits */
    RANGE = 128,
    TURN_MS = 100 /* who has waited for so long may take a seat before others that wait */
};

int sh_seats_open(struct sh_seats *seats, const char *path, int64_t number,
                  struct sp_error *err)
{
    *seats = SH_SEATS_INIT;
    seats->file = sh_range_open(path, err);
    seats->range = number * RANGE;
    return seats->file < 0 ? err->code : SP_OK;
}

void sh_seats_close(struct sh_seats *seats)
{
    if (seats->file >= 0)
        close(seats->file);
    *seats = SH_SEATS_INIT;
}

bool sh_seats_are_lost(const struct sh_seats *seats)
{
    return sh_range_is_lost(seats->file);
}

static void wait_on(struct sh_seats *seats)
{
    if (seats->held || seats->waits_since)
        return;
    sh_range_share(seats->file, seats->range + WAITING);
    seats->waits_since = sh_ticks_ms();
}

void sh_seats_rest(struct sh_seats *seats)
{
    if (seats->waits_since)
        sh_range_give(seats->file, seats->range + WAITING);
    seats->waits_since = 0;
}

/* Who holds a seat lets those go first who have none; among these, whoever asks first once it
 * has waited for a while. */
static bool is_our_turn(struct sh_seats *seats)
{
    if (!sh_range_is_held(seats->file, seats->range + WAITING))
        return true;
    wait_on(seats);
    return !seats->held && sh_ticks_ms() - seats->waits_since >= TURN_MS;
}

/* The number of a seat is one more than its byte. */
static int take_seat(struct sh_seats *seats, unsigned most)
{
    for (unsigned at = 0; at < most && at < SEATS_MAX; at++)
        if (!(seats->held >> at & 1) && sh_range_take(seats->file, seats->range + at)) {
            seats->held |= UINT64_C(1) << at;
            return (int)at + 1;
        }
    return 0;
}

int sh_seats_take(struct sh_seats *seats, unsigned most, bool is_proof)
{
    int seat;

    if (!is_our_turn(seats))
        return 0;
    if (is_proof && (seats->proof || !sh_range_take(seats->file, seats->range + PROOF)))
        return 0;
    seat = take_seat(seats, most);
    if (seat)
        sh_seats_rest(seats);
    else
        wait_on(seats);
    if (is_proof && seat)
        seats->proof = seat;
    else if (is_proof)
        sh_range_give(seats->file, seats->range + PROOF);
    return seat;
}

void sh_seats_give(struct sh_seats *seats, int seat)
{
    seats->held &= ~(UINT64_C(1) << (seat - 1));
    sh_range_give(seats->file, seats->range + seat - 1);
    if (seat != seats->proof)
        return;
    seats->proof = 0;
    sh_range_give(seats->file, seats->range + PROOF);
}
