/* seats.c - see seats.h */
#define _GNU_SOURCE 1 /* F_OFD_SETLK */
#include "seats.h"

#include "clock.h"
#include "source_provider_host.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    SEATS_MAX = 64,
    PROOF = SEATS_MAX, /* byte of who proves a login */
    WAITING,           /* byte of who waits */
    RANGE = 128,
    TURN_MS = 100 /* who has waited for so long may take a seat before others that wait */
};

/* Locks of an open file, not of a process: they also hold between two connections of one. */
static int lock(const struct sh_seats *seats, int command, short type, int at)
{
    struct flock range = {
        .l_type = type, .l_whence = SEEK_SET, .l_start = seats->range + at, .l_len = 1};
    int rc = fcntl(seats->file, command, &range);

    if (rc == 0 && command == F_OFD_GETLK)
        return range.l_type != F_UNLCK;
    return rc;
}

/* A file system without locks: each process then has the seats to itself. */
static bool take_byte(const struct sh_seats *seats, int at)
{
    return lock(seats, F_OFD_SETLK, F_WRLCK, at) == 0 || (errno != EAGAIN && errno != EACCES);
}

int sh_seats_open(struct sh_seats *seats, const char *path, int64_t number,
                  struct sp_error *err)
{
    *seats = SH_SEATS_INIT;
    seats->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (seats->file < 0)
        return sp_error_set(err, SP_ERR_HOST, "%s: %s", path, strerror(errno));
    seats->range = number * RANGE;
    return SP_OK;
}

void sh_seats_close(struct sh_seats *seats)
{
    if (seats->file >= 0)
        close(seats->file);
    *seats = SH_SEATS_INIT;
}

static void wait_on(struct sh_seats *seats)
{
    if (seats->held || seats->waits_since)
        return;
    lock(seats, F_OFD_SETLK, F_RDLCK, WAITING);
    seats->waits_since = sh_ticks_ms();
}

void sh_seats_rest(struct sh_seats *seats)
{
    if (seats->waits_since)
        lock(seats, F_OFD_SETLK, F_UNLCK, WAITING);
    seats->waits_since = 0;
}

/* Who holds a seat lets those go first who have none; among these, whoever asks first once it
 * has waited for a while. */
static bool is_our_turn(struct sh_seats *seats)
{
    if (lock(seats, F_OFD_GETLK, F_WRLCK, WAITING) <= 0)
        return true;
    wait_on(seats);
    return !seats->held && sh_ticks_ms() - seats->waits_since >= TURN_MS;
}

/* The number of a seat is one more than its byte. */
static int take_seat(struct sh_seats *seats, unsigned most)
{
    for (unsigned at = 0; at < most && at < SEATS_MAX; at++)
        if (!(seats->held >> at & 1) && take_byte(seats, (int)at)) {
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
    if (is_proof && (seats->proof || !take_byte(seats, PROOF)))
        return 0;
    seat = take_seat(seats, most);
    if (seat)
        sh_seats_rest(seats);
    else
        wait_on(seats);
    if (is_proof && seat)
        seats->proof = seat;
    else if (is_proof)
        lock(seats, F_OFD_SETLK, F_UNLCK, PROOF);
    return seat;
}

void sh_seats_give(struct sh_seats *seats, int seat)
{
    seats->held &= ~(UINT64_C(1) << (seat - 1));
    lock(seats, F_OFD_SETLK, F_UNLCK, seat - 1);
    if (seat != seats->proof)
        return;
    seats->proof = 0;
    lock(seats, F_OFD_SETLK, F_UNLCK, PROOF);
}
