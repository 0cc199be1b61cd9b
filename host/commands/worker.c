/* worker.c - does what is due in a store that machines share, until it is told to stop */
#include "command.h"
#include "output.h"
#include "run/scheduler.h"

enum sh_exit sh_command_worker(struct sh_host *host, const struct sh_arguments *arguments)
{
    if (!sh_store_is_shared(host->options.store)) {
        sh_complain(
            "a worker is for a store that machines share (--store postgresql://...); on "
            "one machine `source-host run` does all");
        return SH_USAGE;
    }
    return sh_command_run(host, arguments);
}
