/* problem.c - see problem.h */
#include "problem.h"

#include "guard.h"

#include <stdarg.h>
#include <stdio.h>

void sp_problem_tell(sp_problem_fn problem, void *ctx, const char *file, unsigned line,
                     int warning, const char *format, ...)
{
    char text[512];
    struct sp_problem it = {.file = file, .line = line, .warning = warning, .text = text};
    va_list args;

    if (!problem)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sp_text_tidy(text, sizeof text); /* what stands in the file is anybody's */
    problem(ctx, &it);
}
