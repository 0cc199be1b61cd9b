/* command_line.c - see command_line.h */
#include "command_line.h"

#include "output.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct sh_command_line, member)

static const struct row {
    const char *name;
    enum { FLAG, TEXT, LIST } kind; /* of what stands at the offset: bool, char *, char *[] */
    size_t offset;
    unsigned takes;    /* SH_TAKES_* of a command that has it; 0: all have it */
    const char *value; /* these two: for people */
    const char *help;
} rows[] = {
    {"config", TEXT, AT(options.config), 0, " DIR",
     "configuration, with connections.d (SOURCE_HOST_CONFIG)"},
    {"providers", TEXT, AT(options.providers), 0, " DIR", "modules (SOURCE_HOST_PROVIDERS)"},
    {"data", TEXT, AT(options.data), 0, " DIR", "store and mirrors (SOURCE_HOST_DATA)"},
    {"store", TEXT, AT(options.store), 0, " URL",
     "postgresql://..., or an SQLite file; default DATA/store.sqlite (SOURCE_HOST_STORE)"},
    {"json", FLAG, AT(options.json), 0, "", "one JSON object a line instead of text"},
    {"debug", FLAG, AT(options.debug), 0, "", "tell each request on stderr"},
    {"log-json", FLAG, AT(options.log_json), 0, "", "one JSON object a line on stderr"},
    {"trace", TEXT, AT(options.trace), 0, " FILE",
     "write where the time goes: a Chrome trace, which ui.perfetto.dev draws"},
    {"help", FLAG, AT(help), 0, "", "this list"},
    {"version", FLAG, AT(version), 0, "", "the program's version"},
    {"org", TEXT, AT(arguments.org), SH_TAKES_ORG, " KEY", "only of this organization"},
    {"all", FLAG, AT(arguments.all), SH_TAKES_ALL, "",
     "all repositories that the connection sees"},
    {"dry-run", FLAG, AT(arguments.dry_run), SH_TAKES_DRY_RUN, "",
     "tell what would be done, and do nothing"},
    {"failing", FLAG, AT(arguments.failing), SH_TAKES_FAILING, "", "only what goes wrong"},
    {"format", TEXT, AT(arguments.format), SH_TAKES_EXPORT, " FORMAT",
     "ndjson, one JSON object a line, or csv"},
    {"since", TEXT, AT(arguments.since), SH_TAKES_EXPORT, " DAY",
     "what happened from then on: 2026-11-01, or 2026-11-01T10:00:00Z"},
    {"list", FLAG, AT(arguments.list), SH_TAKES_TOKEN, "", "tell which there are"},
    {"remove", FLAG, AT(arguments.remove), SH_TAKES_TOKEN, "",
     "remove it: who has it is out at once"},
    {"read-only", FLAG, AT(arguments.read_only), SH_TAKES_TOKEN, "",
     "it may look, and change nothing"},
    {"listen", TEXT, AT(arguments.listen.at), SH_TAKES_LISTEN, " ADDR:PORT",
     "serve the page there"},
    {"tls-cert", TEXT, AT(arguments.listen.tls_cert), SH_TAKES_LISTEN, " FILE",
     "its certificate, with those between it and the root"},
    {"tls-key", TEXT, AT(arguments.listen.tls_key), SH_TAKES_LISTEN, " FILE",
     "the key of that certificate"},
    {"behind-proxy", TEXT, AT(arguments.listen.proxy), SH_TAKES_LISTEN, " NAME",
     "the name by which people reach it through a proxy on this machine"},
    {"set", LIST, AT(arguments.set), SH_TAKES_SET, " KEY=VALUE",
     "a setting, as `describe` names them; what is left out is asked for"},
    {"password-stdin", FLAG, AT(arguments.password_stdin), SH_TAKES_SET, "",
     "the password is the first line of stdin"},
};

enum { ROWS = sizeof rows / sizeof *rows };

/* Text of the program's options is owned, since what was not given is found elsewhere and
 * stands in its place; that of a command's is borrowed. */
static bool take(struct sh_command_line *line, const struct row *row, char *value)
{
    void *at = (char *)line + row->offset;

    line->takes |= row->takes;
    switch (row->kind) {
    case FLAG:
        *(bool *)at = true;
        return true;
    case TEXT:
        if (row->takes) {
            *(const char **)at = value;
            return true;
        }
        free(*(char **)at);
        *(char **)at = strdup(value);
        if (!*(char **)at)
            sh_complain("out of memory");
        return *(char **)at != NULL;
    default:
        if (line->arguments.n_set == SH_SET_MAX) {
            sh_complain("more than %d --%s", SH_SET_MAX, row->name);
            return false;
        }
        ((const char **)at)[line->arguments.n_set++] = value;
        return true;
    }
}

bool sh_command_line_read(struct sh_command_line *line, int argc, char **argv)
{
    struct option options[ROWS + 1] = {{0}};
    int option;

    for (size_t i = 0; i < ROWS; i++)
        options[i] = (struct option){
            rows[i].name, rows[i].kind == FLAG ? no_argument : required_argument, NULL, (int)i};
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (option == '?' || !take(line, &rows[option], optarg))
            return false;
    line->arguments.name = (char *const *)argv + optind;
    line->arguments.n = (size_t)(argc - optind);
    return true;
}

void sh_command_line_print_options(unsigned takes)
{
    for (size_t i = 0; i < ROWS; i++)
        if (takes ? rows[i].takes & takes : !rows[i].takes) {
            char name[32];

            snprintf(name, sizeof name, "%s%s", rows[i].name, rows[i].value);
            sh_print("  --%-18s%s", name, rows[i].help);
        }
}
