/* process_limits.c - see process_limits.h
 *
 * Not limited: the size of a file, as a pack is one file however large the repository is (the
 * space that is left on the disk is looked at while git works, see space.h); time of the
 * processor, which a first import may take for hours (process.h limits time as such);
 * processes, which the kernel counts by user, not by parent.
 */
#define _GNU_SOURCE 1 /* prlimit */
#include "process_limits.h"

#include <sys/resource.h>
#include <unistd.h>

/* git closes packs before it runs out of them; ours are many more, for the page. */
#define DESCRIPTORS 1024

/* Three quarters of the machine's. Packs, which git maps into memory without changing them, do
 * not count; an answer without end, which it holds as a whole, does. */
static rlim_t memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

    return pages > 0 && size > 0 ? (rlim_t)pages / 4 * 3 * (rlim_t)size : RLIM_INFINITY;
}

void sh_process_limit(pid_t child)
{
    const struct {
        int resource;
        rlim_t most;
    } limits[] = {
        {RLIMIT_CORE, 0}, /* the login would be in it */
        {RLIMIT_NOFILE, DESCRIPTORS},
        {RLIMIT_DATA, memory()},
    };
    struct rlimit now;

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        rlim_t most = limits[i].most;

        if (prlimit(child, limits[i].resource, NULL, &now))
            continue;
        if (now.rlim_max < most)
            most = now.rlim_max;
        prlimit(child, limits[i].resource, &(struct rlimit){most, most}, NULL);
    }
}
