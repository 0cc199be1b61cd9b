/* stat.c - see stat.h */
#include "stat.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void sh_git_stat_parse(const char *stat, struct sh_git_size *size)
{
    while (*stat) {
        char *end;
        long long n;

        if (!isdigit((unsigned char)*stat)) {
            stat++;
            continue;
        }
        n = strtoll(stat, &end, 10);
        if (strncmp(end, " file", 5) == 0)
            size->files = n;
        else if (strncmp(end, " insertion", 10) == 0)
            size->insertions = n;
        else if (strncmp(end, " deletion", 9) == 0)
            size->deletions = n;
        stat = end;
    }
}
