/* configuration.c - see configuration.h */
#include "configuration.h"

#include "source_provider_host.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define GIB (UINT64_C(1) << 30)

struct reader {
    FILE *file;
    const char *path;
    unsigned line;
    struct sh_configuration *out;
    struct sp_error *err;
};

/* fgets for libinih, which tells no line numbers. */
static char *read_line(char *buffer, int size, void *stream)
{
    struct reader *reader = stream;

    reader->line++;
    return fgets(buffer, size, reader->file);
}

/* Bytes, or with KiB, MiB, GiB, TiB behind; the B, or iB, may be missing. */
static int parse_size(const char *text, uint64_t *ret)
{
    static const char units[] = "KMGT";
    char *end = NULL;
    uint64_t number;
    const char *unit;
    unsigned shift = 0;

    errno = 0;
    number = strtoull(text, &end, 10);
    if (errno || !isdigit((unsigned char)*text))
        return -1;
    end += strspn(end, " ");
    unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
    if (unit) {
        shift = 10 * (unsigned)(unit - units + 1);
        end++;
        if (strcasecmp(end, "iB") == 0 || strcasecmp(end, "B") == 0)
            end += strlen(end);
    }
    if (*end || number > UINT64_MAX >> shift)
        return -1;
    *ret = number << shift;
    return 0;
}

static int fail(struct reader *reader, const char *section, const char *key, const char *value)
{
    if (strcmp(section, "host") != 0)
        sp_error_set(reader->err, SP_ERR_INVALID,
                     "%s:%u: unknown section [%s]; there is [host]", reader->path, reader->line,
                     section);
    else if (strcmp(key, "min_free") != 0)
        sp_error_set(reader->err, SP_ERR_INVALID,
                     "%s:%u: unknown key %s in [host]; there is min_free", reader->path,
                     reader->line, key);
    else
        sp_error_set(reader->err, SP_ERR_INVALID,
                     "%s:%u: min_free = %s is no size; write one as 1 GiB or 500 MiB",
                     reader->path, reader->line, value);
    return 0;
}

static int on_value(void *user, const char *section, const char *key, const char *value)
{
    struct reader *reader = user;
    struct sh_configuration *out = reader->out;

    if (reader->err->code)
        return 0;
    if (strcmp(section, "host") != 0 || strcmp(key, "min_free") != 0 ||
        parse_size(value, &out->min_free))
        return fail(reader, section, key, value);
    snprintf(out->place, sizeof out->place, "%s:%u", reader->path, reader->line);
    return 1;
}

static int read_file(struct reader *reader)
{
    int line;

    reader->file = fopen(reader->path, "re");
    if (!reader->file)
        return errno == ENOENT ? SP_OK
                               : sp_error_set(reader->err, SP_ERR_INVALID, "%s: %s",
                                              reader->path, strerror(errno));
    line = ini_parse_stream(read_line, reader, on_value, reader);
    fclose(reader->file);
    if (line && !reader->err->code)
        sp_error_set(reader->err, SP_ERR_INVALID,
                     "%s:%d: this is neither [section] nor key = value", reader->path, line);
    return reader->err->code;
}

int sh_configuration_read(const char *directory, struct sh_configuration *ret,
                          struct sp_error *err)
{
    struct reader reader = {.out = ret, .err = err};
    char *path = NULL;
    int rc;

    sp_error_clear(err);
    if (asprintf(&path, "%s/source-host.conf", directory) < 0)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    reader.path = path;
    *ret = (struct sh_configuration){.min_free = GIB};
    snprintf(ret->place, sizeof ret->place, "%s", path);
    rc = read_file(&reader);
    free(path);
    return rc;
}
