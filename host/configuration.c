/* configuration.c - see configuration.h */
#include "configuration.h"

#include "source_provider_host.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define GIB    (UINT64_C(1) << 30)
#define MINUTE (60 * INT64_C(1000)) /* in milliseconds */
#define HOUR   (60 * MINUTE)

#define INTERVAL_MAX_MS (1000L * 24 * HOUR) /* 1000 days */

struct reader {
    FILE *file;
    const char *path;
    unsigned line;
    unsigned taken; /* a bit for each row that was there already */
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

/* "15 min", "1 h": seconds, minutes, hours or days; milliseconds. */
static int parse_interval(const char *text, int64_t *ret)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000}};
    char *end = NULL;
    long number = strtol(text, &end, 10);

    end += strspn(end, " ");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].name) == 0 && number > 0 &&
            number <= INTERVAL_MAX_MS / units[i].ms) {
            *ret = number * units[i].ms;
            return 0;
        }
    return -1;
}

#define AT(member) offsetof(struct sh_configuration, member)

static const struct row {
    const char *key;
    enum { SIZE, INTERVAL } kind; /* of what stands at the offset: uint64_t, int64_t */
    size_t offset;
} rows[] = {
    {"min_free", SIZE, AT(min_free)},
    {"list_interval", INTERVAL, AT(pace.list_ms)},
    {"sync_interval", INTERVAL, AT(pace.sync_ms)},
    {"mirror_grace", INTERVAL, AT(mirror_grace_ms)},
};

enum { ROWS = sizeof rows / sizeof *rows };

static const struct row *find(const char *key)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].key, key) == 0)
            return &rows[i];
    return NULL;
}

static void fail_unknown(struct reader *reader, const char *key)
{
    char keys[256] = "";
    size_t length = 0;

    for (size_t i = 0; i < ROWS && length < sizeof keys; i++)
        length += (size_t)snprintf(keys + length, sizeof keys - length, "%s%s",
                                   i == 0          ? ""
                                   : i == ROWS - 1 ? " and "
                                                   : ", ",
                                   rows[i].key);
    sp_error_set(reader->err, SP_ERR_INVALID, "%s:%u: unknown key %s in [host]; there are %s",
                 reader->path, reader->line, key, keys);
}

static int take(struct reader *reader, const struct row *row, const char *value)
{
    struct sh_configuration *out = reader->out;
    void *at = (char *)out + row->offset;

    if (reader->taken & 1u << (row - rows))
        return sp_error_set(reader->err, SP_ERR_INVALID, "%s:%u: %s stands here a second time",
                            reader->path, reader->line, row->key);
    reader->taken |= 1u << (row - rows);
    if (at == &out->min_free)
        snprintf(out->place, sizeof out->place, "%s:%u", reader->path, reader->line);
    if (row->kind == INTERVAL ? parse_interval(value, at) == 0 : parse_size(value, at) == 0)
        return 0;
    return sp_error_set(reader->err, SP_ERR_INVALID, "%s:%u: %s = %s is no %s", reader->path,
                        reader->line, row->key, value,
                        row->kind == INTERVAL ? "interval; write one as 15 min, 1 h or 1 d"
                                              : "size; write one as 1 GiB or 500 MiB");
}

static int on_value(void *user, const char *section, const char *key, const char *value)
{
    struct reader *reader = user;
    const struct row *row = find(key);

    if (reader->err->code)
        return 0;
    if (!*section)
        sp_error_set(reader->err, SP_ERR_INVALID,
                     "%s:%u: %s stands before the first section; there is [host]", reader->path,
                     reader->line, key);
    else if (strcmp(section, "host") != 0)
        sp_error_set(reader->err, SP_ERR_INVALID,
                     "%s:%u: unknown section [%s]; there is [host]", reader->path, reader->line,
                     section);
    else if (!row)
        fail_unknown(reader, key);
    else
        take(reader, row, value);
    return reader->err->code == SP_OK;
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
    *ret = (struct sh_configuration){
        .min_free = GIB,
        .pace = {.list_ms = 15 * MINUTE, .sync_ms = HOUR},
        .mirror_grace_ms = HOUR,
    };
    snprintf(ret->place, sizeof ret->place, "%s", path);
    rc = read_file(&reader);
    free(path);
    return rc;
}
