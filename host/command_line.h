/* command_line.h - what the command line says: one row for each option in command_line.c
 *
 * An option belongs to the program, and then to every command, or to the commands whose row
 * in main.c takes it.
 */
#ifndef SH_COMMAND_LINE_H
#define SH_COMMAND_LINE_H

#include "command.h"

struct sh_command_line {
    struct sh_options options;
    struct sh_arguments arguments;
    unsigned takes; /* SH_TAKES_* of the options that were given */
    bool help, version;
};

/* Reads it.  False: it makes no sense, and stderr says why. */
bool sh_command_line_read(struct sh_command_line *, int argc, char **argv);

/* Prints the options that SH_TAKES_* say, or for 0 the program's own, a line each. */
void sh_command_line_print_options(unsigned takes);

#endif
