/* configuration.h - source-host.conf, what holds for the host as a whole
 *
 * The file may be missing, and each entry too: the defaults are here. Faults are told with
 * file and line.
 */
#ifndef SH_CONFIGURATION_H
#define SH_CONFIGURATION_H

#include "ingest/due.h"
#include "source_provider.h"

struct sh_configuration {
    uint64_t min_free;   /* bytes that stay free in the data directory */
    char place[512];     /* "/etc/source-host/source-host.conf:2", or which file would say it */
    struct sh_pace pace; /* list_interval, sync_interval */
    int64_t mirror_grace_ms; /* so long a repository waits for the machine with its mirror */
};

/* Reads `directory`/source-host.conf, which need not be there.  What is wrong in it is one
 * error, as file:line: message. */
int sh_configuration_read(const char *directory, struct sh_configuration *ret,
                          struct sp_error *);

#endif
