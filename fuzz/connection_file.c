/* connection_file.c - connection files, from their bytes to an instance */
#define _GNU_SOURCE 1 /* memfd_create */
#include "source_provider_host.h"

#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Where it stands once, as a secret's value, no message may show it. */
static const char canary[] = "s3cr3t-c4n4ry";

extern const struct source_provider *source_provider_entry(uint32_t host_abi);

struct told {
    bool has_secret;
    unsigned errors;
};

static void on_problem(void *ctx, const struct sp_problem *problem)
{
    struct told *told = ctx;

    told->errors += !problem->warning;
    HOLDS(*problem->text && !strpbrk(problem->text, "\r\n"));
    HOLDS(!told->has_secret || !strstr(problem->text, canary));
}

static bool is_secret(const char *text)
{
    const char *at = strstr(text, canary), *line = at;

    if (!at || strstr(at + 1, canary))
        return false;
    while (line > text && line[-1] != '\n')
        line--;
    return strncmp(line, "password = ", 11) == 0 || strncmp(line, "token = ", 8) == 0;
}

static void check_entries(const struct sp_entries *entries, unsigned lines)
{
    for (size_t i = 0; i < entries->n; i++) {
        HOLDS(entries->entry[i].line >= 1 && entries->entry[i].line <= lines);
        HOLDS(!strchr(entries->entry[i].value, '\n'));
    }
}

/* Whoever reads it a second time, from what was understood, understands the same. */
static void check_settings(const struct sp_connection_file *file, struct told *told)
{
    const struct source_provider *provider = source_provider_entry(SP_ABI_VERSION);
    struct sp_connection *connection = NULL;
    struct sp_error err = fuzz_no_error();
    struct sp_values *values = NULL;
    int rc;

    told->errors = 0;
    rc = sp_settings_check(provider, file, &values, on_problem, told);
    HOLDS((rc == 0) == (told->errors == 0));
    if (rc)
        return;
    rc = sp_connection_open(provider, NULL, values, &connection, &err);
    if (rc)
        fuzz_check_error(&err, rc, told->has_secret ? canary : NULL);
    HOLDS((rc == 0) == (connection != NULL));
    sp_connection_close(connection);
    sp_values_free(values);
}

static void check_file(const struct sp_connection_file *file, const char *text,
                       struct told *told)
{
    unsigned lines = 1;

    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    HOLDS(file->provider && *file->provider);
    check_entries(&file->settings, lines);
    check_entries(&file->repositories, lines);
    check_entries(&file->auto_import, lines);
    check_entries(&file->exclude, lines);
    check_entries(&file->kinds, lines);
    for (size_t i = 0; i < file->kinds.n; i++)
        HOLDS(sp_is_boolean(file->kinds.entry[i].value));
    if (!strstr(text, "/dev")) /* a file that is named there may have no end */
        check_settings(file, told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    char *text = fuzz_text(&input), path[64];
    struct told told = {.has_secret = is_secret(text)};
    struct sp_connection_file *file = NULL;
    int descriptor = memfd_create("connection", 0), rc;

    HOLDS(descriptor >= 0 && write(descriptor, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    rc = sp_connection_file_read(path, &file, on_problem, &told);
    HOLDS((rc == 0) == (file != NULL));
    HOLDS((rc == 0) == (told.errors == 0));
    if (file && strlen(text) == size)
        check_file(file, text, &told);
    sp_connection_file_free(file);
    close(descriptor);
    free(text);
    return 0;
}
