/* delay.c - a TCP proxy on loopback that brings every byte later, as a long way would
 *
 *     delay TARGET_PORT ROUND_TRIP_MICROSECONDS      prints its own port; ends with its stdin
 *
 * Half of the round trip is added in each direction.  A connection costs one more of them
 * before its first byte arrives: the kernel shakes hands with our client at once, which the
 * real far end would not.  Bandwidth is not limited, and nothing is copied more than once in
 * and once out.
 */
#define _GNU_SOURCE 1 /* accept4, ppoll */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PAIRS_MAX = 256, PIECE = 256 * 1024, WAITING_MAX = 16 * 1024 * 1024 };

/* Bytes on their way; length 0: the sender has hung up. */
struct piece {
    struct piece *next;
    int64_t due_ns;
    size_t length, sent;
    char data[];
};

/* One direction of a connection. */
struct way {
    int from, to;
    int64_t begin_ns; /* nothing arrives before */
    struct piece *first, **last;
    size_t waiting;
    bool read_ended, write_ended, is_full; /* is_full: the receiver takes no more now */
};

struct pair {
    struct way there, back;
};

static struct pair *pairs[PAIRS_MAX];
static size_t n_pairs;
static int64_t one_way_ns;

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int listen_somewhere(void)
{
    struct sockaddr_in place = loopback(0);
    socklen_t size = sizeof place;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (listener < 0 || bind(listener, (struct sockaddr *)&place, size) ||
        listen(listener, 128) || getsockname(listener, (struct sockaddr *)&place, &size))
        fail("delay: no port");
    printf("%d\n", ntohs(place.sin_port));
    fflush(stdout);
    return listener;
}

static void way_init(struct way *way, int from, int to, int64_t begin_ns)
{
    *way = (struct way){.from = from, .to = to, .begin_ns = begin_ns};
    way->last = &way->first;
}

static void accept_one(int listener, int target_port)
{
    struct sockaddr_in target = loopback(target_port);
    int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
    int server = client < 0 ? -1 : socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct pair *pair;

    if (client < 0)
        return;
    pair = n_pairs < PAIRS_MAX ? calloc(1, sizeof *pair) : NULL;
    if (!pair || server < 0 || connect(server, (struct sockaddr *)&target, sizeof target))
        fail("delay: cannot connect");
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    way_init(&pair->there, client, server, now_ns() + 3 * one_way_ns);
    way_init(&pair->back, server, client, 0);
    pairs[n_pairs++] = pair;
}

/* Takes what has come, and says when it is due. */
static void take(struct way *way)
{
    struct piece *piece = malloc(sizeof *piece + PIECE), *kept;
    ssize_t n = piece ? recv(way->from, piece->data, PIECE, MSG_DONTWAIT) : -1;

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        free(piece);
        return;
    }
    if (!piece)
        fail("delay");
    if (n <= 0)
        way->read_ended = true;
    kept = realloc(piece, sizeof *piece + (n > 0 ? (size_t)n : 0));
    if (kept)
        piece = kept; /* smaller, where that can be had */
    *piece = (struct piece){.due_ns = now_ns() + one_way_ns, .length = n > 0 ? (size_t)n : 0};
    if (piece->due_ns < way->begin_ns)
        piece->due_ns = way->begin_ns;
    way->waiting += piece->length;
    *way->last = piece;
    way->last = &piece->next;
}

/* Gives what is due. */
static void give(struct way *way)
{
    while (way->first && !way->is_full && way->first->due_ns <= now_ns()) {
        struct piece *piece = way->first;
        ssize_t n = piece->length
                        ? send(way->to, piece->data + piece->sent, piece->length - piece->sent,
                               MSG_NOSIGNAL | MSG_DONTWAIT)
                        : 0;

        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            way->is_full = true;
            return;
        }
        if (n <= 0) {
            shutdown(way->to, SHUT_WR);
            way->write_ended = true;
        }
        piece->sent += n > 0 ? (size_t)n : 0;
        if (n > 0 && piece->sent < piece->length)
            continue;
        way->waiting -= piece->length;
        way->first = piece->next;
        if (!way->first)
            way->last = &way->first;
        free(piece);
    }
}

static void watch(struct way *way, struct pollfd *from, struct pollfd *to, int64_t *next_ns)
{
    if (!way->read_ended && way->waiting < WAITING_MAX)
        from->events |= POLLIN;
    if (way->is_full)
        to->events |= POLLOUT;
    else if (way->first && way->first->due_ns < *next_ns)
        *next_ns = way->first->due_ns;
}

static void move(struct way *way, const struct pollfd *from, const struct pollfd *to)
{
    if (to->revents & (POLLOUT | POLLERR))
        way->is_full = false;
    if (!way->read_ended && from->revents & (POLLIN | POLLHUP | POLLERR))
        take(way);
    give(way);
}

static void drop_ended(void)
{
    for (size_t i = 0; i < n_pairs;) {
        struct pair *pair = pairs[i];

        if (!pair->there.write_ended || !pair->back.write_ended) {
            i++;
            continue;
        }
        close(pair->there.from);
        close(pair->there.to);
        free(pair);
        pairs[i] = pairs[--n_pairs];
    }
}

static void turn(int listener, int target_port)
{
    struct pollfd fds[2 + 2 * PAIRS_MAX] = {{listener, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    int64_t next_ns = INT64_MAX, wait_ns;
    size_t n = n_pairs;

    for (size_t i = 0; i < n; i++) {
        struct pollfd *client = &fds[2 + 2 * i], *server = client + 1;

        client->fd = pairs[i]->there.from;
        server->fd = pairs[i]->there.to;
        watch(&pairs[i]->there, client, server, &next_ns);
        watch(&pairs[i]->back, server, client, &next_ns);
    }
    wait_ns = next_ns == INT64_MAX ? 0 : next_ns - now_ns();
    if (wait_ns < 0)
        wait_ns = 0;
    ppoll(fds, 2 + 2 * n,
          next_ns == INT64_MAX ? NULL
                               : &(struct timespec){wait_ns / 1000000000, wait_ns % 1000000000},
          NULL);
    for (size_t i = 0; i < n; i++) {
        move(&pairs[i]->there, &fds[2 + 2 * i], &fds[3 + 2 * i]);
        move(&pairs[i]->back, &fds[3 + 2 * i], &fds[2 + 2 * i]);
    }
    if (fds[1].revents)
        exit(0);
    if (fds[0].revents)
        accept_one(listener, target_port);
    drop_ended();
}

int main(int argc, char **argv)
{
    int listener;

    if (argc != 3) {
        fputs("usage: delay TARGET_PORT ROUND_TRIP_MICROSECONDS\n", stderr);
        return 2;
    }
    one_way_ns = atoll(argv[2]) * 500;
    prctl(PR_SET_TIMERSLACK, 1);
    listener = listen_somewhere();
    for (;;)
        turn(listener, atoi(argv[1]));
}
