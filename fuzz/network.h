/* network.h - a network in the program itself: no server, no thread, no waiting
 *
 * Each connection of libcurl is one end of a pair of sockets, in whose other end an answer
 * stands already, and behind it the end.  Time passes only while nothing else happens.
 * curl_easy_init, curl_multi_poll and clock_gettime are put in the place of the real ones by
 * the linker (--wrap).
 */
#ifndef FUZZ_NETWORK_H
#define FUZZ_NETWORK_H

#include <stddef.h>
#include <stdint.h>

enum { FUZZ_CONNECTIONS_MAX = 200 };

/* Gives the answer to the next connection, which network.c frees; NULL: it is refused. */
typedef char *(*fuzz_answer_fn)(void *ctx, size_t *ret_length);

void fuzz_network_begin(fuzz_answer_fn, void *ctx);
/* Calls fn with what was sent over each connection. */
void fuzz_network_end(void (*fn)(const char *sent));

/* So many connections were wanted. */
unsigned fuzz_network_connections(void);
int64_t fuzz_network_now_ms(void);

#endif
