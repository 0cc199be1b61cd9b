/* main.c - source-provider-check: holds a provider against the contract, and reports as TAP */
#include "kit.h"

#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: source-provider-check MODULE.so --config FILE [--repository KEY/slug]\n"
    "\n"
    "Holds a source provider against the contract in source_provider.h, through a\n"
    "connection that works, and reports as TAP. It only reads from the server.\n"
    "\n"
    "  --config FILE      the connection file, as source-host has it\n"
    "  --repository PATH  what to import; else, of ten, that with the most pull requests\n"
    "  --help, --version\n"
    "\n"
    "Exit codes: 0 all passed, 1 something is wrong, 2 it could not be tried.\n";

static const struct {
    const char *name;
    void (*check)(struct kit *);
    unsigned limit_s; /* what takes longer hangs */
} checks[] = {
    {"settings table complete", kit_check_settings, 10},
    {"configure accepts the file, and refuses what it must", kit_check_configure, 60},
    {"configure does no input or output", kit_check_quiet, 60},
    {"listing complete", kit_check_listing, 600},
    {"sets whole", kit_check_sets, 1800},
    {"known_revision honoured", kit_check_revisions, 600},
    {"import resumable at each checkpoint", kit_check_resume, 1800},
    {"a part of an import is a part", kit_check_part, 600},
    {"health complete", kit_check_health, 300},
    {"health tells what is wrong", kit_check_bad_news, 600},
    {"cancellation within a second", kit_check_cancel, 600},
    {"the host's word ends a call", kit_check_endings, 600},
    {"callbacks may be missing", kit_check_deaf_host, 600},
    {"threads as declared", kit_check_threads, 1200},
    {"no leak", kit_check_leaks, 1800},
    {"no secret in logs, errors and health", kit_check_secrets, 60},
};

struct arguments {
    const char *module, *config, *repository;
    struct kit_folder folder;
    struct kit_board *board;
};

static int run_checks(struct kit *kit, const char *config)
{
    if (kit_read(kit, config)) {
        fprintf(stderr, "source-provider-check: %s cannot be used\n", config);
        return 2;
    }
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        kit_board_begin(kit->board, checks[i].name, checks[i].limit_s);
        checks[i].check(kit);
        kit_host_check_seats(kit);
        kit_board_end(kit->board);
        if (kit_board_has_bailed(kit->board))
            break;
    }
    kit_board_finish(kit->board);
    return 0;
}

static int work(void *ctx)
{
    const struct arguments *arguments = ctx;
    struct kit kit = {.board = arguments->board,
                      .module = arguments->module,
                      .wanted = arguments->repository};
    struct sp_error err;
    int rc = 0;

    kit_host_init(&kit);
    kit_board_begin(kit.board, "descriptor sane", 10); /* the module's code runs from here on */
    if (sp_modules_open(arguments->folder.path, &kit.modules, &err)) {
        fprintf(stderr, "source-provider-check: %s\n", err.message);
        return 2;
    }
    kit_check_descriptor(&kit);
    kit_board_end(kit.board);
    if (kit.provider)
        rc = run_checks(&kit, arguments->config);
    else
        kit_board_finish(kit.board);
    kit_rows_clear(&kit.organizations);
    kit_rows_clear(&kit.repositories);
    kit_store_clear(&kit.whole);
    kit_subject_clear(&kit);
    return rc;
}

/* -1: go on; else the exit code. */
static int read_arguments(int argc, char **argv, struct arguments *arguments)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"repository", required_argument, NULL, 'r'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'v'},
                                            {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        switch (option) {
        case 'c':
            arguments->config = optarg;
            break;
        case 'r':
            arguments->repository = optarg;
            break;
        case 'h':
            return fputs(usage, stdout) < 0;
        case 'v':
            return puts("source-provider-check " PACKAGE_VERSION) < 0;
        default:
            return 2;
        }
    if (optind + 1 != argc || !arguments->config) {
        fputs(usage, stderr);
        return 2;
    }
    arguments->module = argv[optind];
    return -1;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    int rc = read_arguments(argc, argv, &arguments);

    if (rc >= 0)
        return rc;
    setlocale(LC_CTYPE, "C.UTF-8");
    arguments.board = kit_board_new();
    if (!arguments.board) {
        perror("source-provider-check");
        return 2;
    }
    if (kit_folder_make(&arguments.folder, arguments.module))
        return 2;
    rc = kit_board_supervise(arguments.board, work, &arguments);
    kit_folder_remove(&arguments.folder);
    return rc;
}
