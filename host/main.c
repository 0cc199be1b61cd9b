/* main.c - source-host: options, and the row for each command */
#include "command.h"
#include "ingest/removal.h"
#include "output.h"

#include <getopt.h>
#include <locale.h>
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
    {"run", "", "keep everything in sync until stopped (a service)", 0, 0, SH_USES_STORE,
     sh_command_run},
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
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_help(void)
{
    puts("usage: source-host [options] command [arguments]\n\ncommands:");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-12s%s\n              %s\n", commands[i].name, commands[i].usage,
               commands[i].summary);
    puts("\noptions:\n"
         "  --config DIR      configuration, with connections.d (SOURCE_HOST_CONFIG)\n"
         "  --providers DIR   modules (SOURCE_HOST_PROVIDERS)\n"
         "  --data DIR        store and mirrors (SOURCE_HOST_DATA)\n"
         "  --store FILE      SQLite file; default DATA/store.sqlite (SOURCE_HOST_STORE)\n"
         "  --json            one JSON object a line instead of text\n"
         "  --debug           tell each request on stderr\n"
         "  --log-json        one JSON object a line on stderr (run)\n"
         "  --help, --version\n\n"
         "exit status: 0 done, 1 failed, 2 wrong use or configuration, 3 partly done,\n"
         "4 login refused");
}

enum sh_exit sh_fail(const struct sp_error *err)
{
    sh_complain_of(NULL, err);
    return sh_exit_for(err->code);
}

static const struct sh_command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static enum sh_exit check_arguments(const struct sh_command *command,
                                    const struct sh_arguments *arguments)
{
    if (arguments->n < command->least || arguments->n > command->most ||
        (arguments->org && !(command->takes & SH_TAKES_ORG)) ||
        (arguments->all && !(command->takes & SH_TAKES_ALL)) ||
        (arguments->dry_run && !(command->takes & SH_TAKES_DRY_RUN)) ||
        (arguments->failing && !(command->takes & SH_TAKES_FAILING)) ||
        ((arguments->n_set || arguments->password_stdin) && !(command->takes & SH_TAKES_SET))) {
        sh_complain("usage: source-host %s %s", command->name, command->usage);
        return SH_USAGE;
    }
    return SH_DONE;
}

static enum sh_exit run(struct sh_host *host, int argc, char **argv,
                        struct sh_arguments *arguments)
{
    const struct sh_command *command = argc > 0 ? find(argv[0]) : NULL;
    struct sp_error err;

    if (!command) {
        if (argc > 0)
            sh_complain("unknown command %s; `source-host --help` lists them", argv[0]);
        else
            sh_complain("no command; `source-host --help` lists them");
        return SH_USAGE;
    }
    arguments->name = argv + 1;
    arguments->n = (size_t)argc - 1;
    if (check_arguments(command, arguments))
        return SH_USAGE;
    if (sh_host_init(host, &err))
        return sh_fail(&err);
    if (command->takes & SH_USES_STORE) {
        if (sh_host_need_store(host, &err))
            return sh_fail(&err);
        if (sh_removals_end(host, &err)) /* no reason not to do what is asked for now */
            sh_complain_of("what is being removed", &err);
    }
    return command->run(host, arguments);
}

static void set(char **option, const char *value)
{
    free(*option);
    *option = strdup(value);
}

/* -1: go on; else the exit code. */
static int parse_option(int option, struct sh_host *host, struct sh_arguments *arguments)
{
    switch (option) {
    case 'c':
        set(&host->options.config, optarg);
        return -1;
    case 'p':
        set(&host->options.providers, optarg);
        return -1;
    case 'd':
        set(&host->options.data, optarg);
        return -1;
    case 's':
        set(&host->options.store, optarg);
        return -1;
    case 'j':
        host->options.json = true;
        return -1;
    case 'D':
        host->options.debug = true;
        return -1;
    case 'L':
        host->options.log_json = true;
        return -1;
    case 'o':
        arguments->org = optarg;
        return -1;
    case 'a':
        arguments->all = true;
        return -1;
    case 'n':
        arguments->dry_run = true;
        return -1;
    case 'F':
        arguments->failing = true;
        return -1;
    case 'S':
        if (arguments->n_set == sizeof arguments->set / sizeof *arguments->set)
            return SH_USAGE;
        arguments->set[arguments->n_set++] = optarg;
        return -1;
    case 'P':
        arguments->password_stdin = true;
        return -1;
    case 'h':
        print_help();
        return SH_DONE;
    case 'v':
        puts("source-host " PACKAGE_VERSION);
        return SH_DONE;
    default:
        return SH_USAGE;
    }
}

/* A core would hold them, and so do memory and environment, which without this any process of
 * the same user may read.  What is executed from here on, git, can be read again. */
static void keep_secrets(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"providers", required_argument, NULL, 'p'},
        {"data", required_argument, NULL, 'd'},
        {"store", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'},
        {"debug", no_argument, NULL, 'D'},
        {"log-json", no_argument, NULL, 'L'},
        {"org", required_argument, NULL, 'o'},
        {"all", no_argument, NULL, 'a'},
        {"dry-run", no_argument, NULL, 'n'},
        {"failing", no_argument, NULL, 'F'},
        {"set", required_argument, NULL, 'S'},
        {"password-stdin", no_argument, NULL, 'P'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    struct sh_arguments arguments = {0};
    struct sh_host host = {0};
    int option, code = -1;

    setlocale(LC_ALL, "");
    keep_secrets();
    umask(077); /* store and mirrors are for their owner */
    sh_catch_signals();
    while (code < 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
        code = parse_option(option, &host, &arguments);
    if (code < 0)
        code = (int)run(&host, argc - optind, argv + optind, &arguments);
    sh_host_clear(&host);
    if (fflush(stdout) || ferror(stdout)) {
        sh_complain("standard output cannot be written");
        return SH_FAILED;
    }
    return code;
}
