/* pem.c - see pem.h */
#include "pem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { LINES_MAX = 100000 };

static int has_begin(FILE *file)
{
    char line[256];
    int found = 0;

    for (int i = 0; !found && i < LINES_MAX && fgets(line, sizeof line, file); i++)
        found = strncmp(line, "-----BEGIN ", 11) == 0;
    explicit_bzero(line, sizeof line);
    return found;
}

const char *sp_pem_fault(const char *path)
{
    char buffer[4096]; /* ours, so that it can be wiped: a key may stand in the file */
    struct stat st;
    FILE *file;
    int found;

    /* Not opened: a pipe would wait for its other end, and be empty for who reads it next. */
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return "it is no file";
    file = fopen(path, "re");
    if (!file)
        return strerror(errno);
    setvbuf(file, buffer, _IOFBF, sizeof buffer);
    found = has_begin(file);
    fclose(file);
    explicit_bzero(buffer, sizeof buffer);
    return found ? NULL : "it is no PEM file: no line of it begins with -----BEGIN";
}
