/* failing_malloc.h - malloc and its family, which fail where a test says
 *
 * A program of tests is linked with it, or it is preloaded into source-host.  What libraries
 * ask for, and libc itself (strdup, asprintf, getline, scandir...), comes here too.
 *
 * A site is where memory is asked for: those of our functions that are in the backtrace, and
 * who asks in the end.  Of a library it is the same site whichever way it went there, but for
 * the call of ours that led to it and the function that asks.
 */
#ifndef FAILING_MALLOC_H
#define FAILING_MALLOC_H

#include <stdbool.h>
#include <stdint.h>

struct failing {
    unsigned long nth; /* the nth allocation fails; 0: none does so */
    uint64_t site;     /* the first allocation of that site fails; 0: none does so */
    bool forever;      /* and so do all after it */
    bool ours;         /* only those of our own code count, and fail */
    unsigned depth;    /* so many of our functions, the innermost, make a site; 0: all */
};

/* Orders as words: `nth=12 forever`; false: there is one that is unknown. */
bool failing_orders(const char *text, struct failing *ret);

/* Counts anew from here on, with these orders.  What lives already is no leak. */
void failing_begin(const struct failing *);

/* Nothing fails any more, and nothing new is counted; the value is how many have failed. */
unsigned long failing_end(void);

/* How many of what was counted still live. */
unsigned long failing_live(void);

/* Writes what was seen into the file that the variable FAILING_MALLOC_REPORT names, if it does;
 * that is done as soon as something fails, too.  The first line: `asked N failed N at SITE`.
 * The others are one site each: its hash, which allocation was the first there, how many
 * there were, how many of those still live, `ours`, `library` or `spared` (it never fails), and
 * the backtrace of the first as FILE+OFFSET. */
void failing_report(void);

#endif
