/* clock.c - see clock.h */
#include "clock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The moment in the file, which who drives the clock replaces as a whole. */
static int64_t read_file(const char *path)
{
    char text[32] = "";
    int file = open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return 0;
    if (read(file, text, sizeof text - 1) < 0)
        text[0] = '\0';
    close(file);
    return strtoll(text, NULL, 10);
}

bool sh_clock_is_driven(void)
{
    return getenv("SOURCE_HOST_CLOCK") != NULL;
}

int64_t sh_now_ms(void)
{
    const char *path = getenv("SOURCE_HOST_CLOCK");
    int64_t driven = path ? read_file(path) : 0;

    return driven > 0 ? driven : read_clock(CLOCK_REALTIME);
}

int64_t sh_ticks_ms(void)
{
    return read_clock(CLOCK_BOOTTIME);
}
