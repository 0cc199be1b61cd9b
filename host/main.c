/* main.c - source-host, and the row for each of its commands */
#include "command_line.h"
#include "ingest/removal.h"
#include "nearest.h"
#include "output.h"
#include "owner.h"
#include "trace.h"

#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const struct sh_command commands[] = {
    {"providers", "", "modules found, and why others cannot be used", 0, 0, 0,
     sh_command_providers},
    {"describe", "PROVIDER", "the settings of a provider", 1, 1, 0, sh_command_describe},
    {"connections", "", "connection files and their state", 0, 0, 0, sh_command_connections},
    {"connect", "PROVIDER NAME [--set KEY=VALUE...] [--password-stdin]",
     "ask for the settings, check them, write the connection file", 2, 2, SH_TAKES_SET,
     sh_command_connect},
    {"check", "[NAME...]", "health of connections", 0, INT_MAX, 0, sh_command_check},
    {"repos", "NAME [--org KEY]", "repositories by organization, with their state", 1, 1,
     SH_TAKES_ORG | SH_USES_STORE, sh_command_repos},
    {"import", "NAME [KEY/slug...] [--org KEY] [--all]",
     "import repositories, now and from now on", 1, INT_MAX,
     SH_TAKES_ORG | SH_TAKES_ALL | SH_USES_STORE, sh_command_import},
    {"auto-import", "NAME KEY on|off",
     "import every repository of an organization, those to come too", 3, 3, SH_USES_STORE,
     sh_command_auto_import},
    {"sync", "[NAME...] [--dry-run]", "list, import what is asked for, update what is imported",
     0, INT_MAX, SH_TAKES_DRY_RUN | SH_USES_STORE, sh_command_sync},
    {"run", "[--listen ADDR:PORT [--tls-cert FILE --tls-key FILE] [--behind-proxy NAME]]",
     "keep everything in sync until stopped (a service); --listen serves the page", 0, 0,
     SH_USES_STORE | SH_TAKES_LISTEN, sh_command_run},
    {"worker", "", "do what is due, besides others, in a store that machines share", 0, 0,
     SH_USES_STORE, sh_command_worker},
    {"token", "NAME [--read-only | --remove], or --list",
     "make a token to log in to the page with, or remove it", 0, 1, SH_TAKES_TOKEN,
     sh_command_token},
    {"explain", "NAME KEY/slug", "why a repository is imported, or is not", 2, 2, SH_USES_STORE,
     sh_command_explain},
    {"remove", "NAME KEY/slug", "forget a repository and its data", 2, 2, SH_USES_STORE,
     sh_command_remove},
    {"purge", "NAME", "forget all that a connection without a file has left", 1, 1,
     SH_USES_STORE, sh_command_purge},
    {"resume", "NAME", "try a refused login again, once the account was mended", 1, 1,
     SH_USES_STORE, sh_command_resume},
    {"status", "[NAME] [--failing]", "what is imported, how it goes, and why it does not", 0, 1,
     SH_TAKES_FAILING | SH_USES_STORE, sh_command_status},
    {"export", "[TABLE] [--format ndjson|csv] [--since DAY]",
     "rows of a table or view, or what there is of these", 0, 1,
     SH_TAKES_EXPORT | SH_USES_STORE, sh_command_export},
    {"support-bundle", "", "what who helps needs to know, without secrets", 0, 0,
     SH_READS_JOURNAL, sh_command_support_bundle},
    {"store", "copy FROM TO", "copy all to an empty store, from one file or URL to another", 3,
     3, 0, sh_command_store},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_help(void)
{
    puts("usage: source-host [options] command [arguments]\n\ncommands:");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-14s%s\n                %s\n", commands[i].name, commands[i].usage,
               commands[i].summary);
    puts("\noptions:");
    sh_command_line_print_options(0);
    puts("\nexit status:");
    for (int code = 0; code < SH_EXITS; code++)
        printf("  %d  %s\n", code, sh_exit_meaning((enum sh_exit)code));
}

static const struct sh_command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static void complain_of_command(const char *name)
{
    struct sh_nearest nearest = {.wanted = name};
    char text[SH_NEAREST_TEXT_MAX];

    if (!name) {
        sh_complain("no command; `source-host --help` lists them");
        return;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        sh_nearest_try(&nearest, commands[i].name);
    sh_nearest_text(&nearest, text, sizeof text);
    sh_complain("unknown command %s%s; `source-host --help` lists them", name, text);
}

static enum sh_exit run(struct sh_host *host, struct sh_command_line *line)
{
    struct sh_arguments *arguments = &line->arguments;
    const struct sh_command *command = arguments->n ? find(arguments->name[0]) : NULL;
    struct sp_error err;

    if (!command) {
        complain_of_command(arguments->n ? arguments->name[0] : NULL);
        return SH_USAGE;
    }
    arguments->name++;
    arguments->n--;
    if (arguments->n < command->least || arguments->n > command->most ||
        (line->takes & ~command->takes)) {
        sh_complain("usage: source-host %s %s", command->name, command->usage);
        return SH_USAGE;
    }
    host->command = command->name;
    if (host->options.trace && sh_trace_open(host->options.trace, &err))
        return sh_fail(&err);
    if (sh_host_init(host, &err))
        return sh_fail(&err);
    if (!(command->takes & SH_READS_JOURNAL) && sh_become_owner(host->options.data, &err))
        return sh_fail(&err);
    if (command->takes & SH_USES_STORE) {
        if (sh_host_need_store(host, &err))
            return sh_fail(&err);
        if (sh_removals_end(host, &err)) /* no reason not to do what is asked for now */
            sh_complain_of("what is being removed", &err);
    }
    return command->run(host, arguments);
}

static void print_command_help(const struct sh_command *command)
{
    unsigned takes = command->takes & ~(SH_USES_STORE | SH_READS_JOURNAL);

    printf("usage: source-host %s %s\n\n%s\n", command->name, command->usage, command->summary);
    if (takes) {
        puts("\noptions:");
        sh_command_line_print_options(takes);
    }
    puts("\nOptions of all commands: source-host --help");
}

static enum sh_exit obey(struct sh_host *host, struct sh_command_line *line)
{
    const struct sh_arguments *arguments = &line->arguments;
    const struct sh_command *command = arguments->n ? find(arguments->name[0]) : NULL;

    if (line->help && command)
        print_command_help(command);
    else if (line->help)
        print_help();
    else if (line->version)
        puts("source-host " PACKAGE_VERSION);
    else
        return run(host, line);
    return SH_DONE;
}

/* A core would hold them, and so do memory and environment, which without this any process of
 * the same user may read.  What is executed from here on, git, can be read again. */
static void keep_secrets(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* Answers come and go by the hundred KiB: what free gives back to the kernel is asked for again
 * at once, and then costs a fault for each page. */
static void keep_memory(void)
{
#ifdef __GLIBC__
    enum { KEPT = 4 * 1024 * 1024, AT_ONCE = 1024 * 1024 };

    if (mallopt(M_MMAP_THRESHOLD, KEPT)) {
        mallopt(M_TRIM_THRESHOLD, KEPT);
        mallopt(M_TOP_PAD, AT_ONCE);
    }
#endif
}

int main(int argc, char **argv)
{
    struct sh_command_line line = {0};
    struct sh_host host = {0};
    enum sh_exit code;

    keep_memory();
    setlocale(LC_ALL, "");
    keep_secrets();
    umask(077); /* store and mirrors are for their owner */
    sh_catch_signals();
    code = sh_command_line_read(&line, argc, argv) ? SH_DONE : SH_USAGE;
    host.options = line.options;
    if (line.options.log_json) /* of what is wrong before a command begins, too */
        sh_log_open(true);
    if (code == SH_DONE)
        code = obey(&host, &line);
    sh_host_clear(&host);
    sh_trace_close(host.command, (int)code);
    if (fflush(stdout) || ferror(stdout)) {
        sh_complain("standard output cannot be written");
        return SH_FAILED;
    }
    if (!sh_print_is_whole()) {
        sh_complain("out of memory: what was printed is not all");
        return SH_FAILED;
    }
    return (int)code;
}
