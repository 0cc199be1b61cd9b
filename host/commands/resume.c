/* resume.c - says that an account was mended */
#include "ingest/resume.h"

#include "command.h"
#include "output.h"

enum sh_exit sh_command_resume(struct sh_host *host, const struct sh_arguments *arguments)
{
    struct sp_error err;

    if (sh_host_need_store(host, &err) || sh_resume(host, arguments->name[0], &err))
        return sh_fail(&err);
    if (!host->options.json)
        sh_print("%s: the login will be tried again, once", arguments->name[0]);
    return SH_DONE;
}
