/* export.c - rows of the store for other programs: NDJSON, or CSV for tables of people's own */
#include "store/export.h"
#include "command.h"
#include "nearest.h"
#include "output.h"
#include "signals.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct exporting {
    char *columns; /* cut into names */
    const char *name[SH_EXPORT_COLUMNS_MAX];
    size_t n;
    bool is_csv;
    struct sp_error err;
};

static int name_columns(struct exporting *exporting, const char *columns)
{
    char *rest;

    exporting->columns = strdup(columns);
    if (!exporting->columns)
        return sp_error_set(&exporting->err, SP_ERR_NOMEM, "out of memory");
    for (char *name = strtok_r(exporting->columns, ", ", &rest); name;
         name = strtok_r(NULL, ", ", &rest))
        exporting->name[exporting->n++] = name;
    return SP_OK;
}

static void put_json(const struct exporting *exporting, const struct sh_value *column)
{
    struct json_object *object = json_object_new_object();

    for (size_t i = 0; i < exporting->n; i++) {
        if (column[i].is_null)
            sh_json_null(object, exporting->name[i]);
        else if (column[i].type == SH_VALUE_INT)
            sh_json_int(object, exporting->name[i], column[i].number);
        else
            sh_json_text(object, exporting->name[i], column[i].text);
    }
    sh_print_json(object);
}

static bool is_formula(const char *text)
{
    size_t digits = *text ? strspn(text + 1, "0123456789") : 0;
    bool is_number = digits > 0 && !text[1 + digits]; /* as a time zone: +0200 */

    return *text && strchr("=+-@\t\r", *text) && !(is_number && strchr("+-", *text));
}

/* Between quotes, so that "" is told from NULL.  What a spreadsheet would take for a formula
 * gets an apostrophe before it, and of control characters only tabulators and the ends of lines
 * are left: strangers wrote this. */
static void put_csv_text(const char *text)
{
    fputs(is_formula(text) ? "\"'" : "\"", stdout);
    for (size_t n; *text; text += n ? n : 1) {
        n = strchr("\t\r\n", *text) ? 0 : sh_text_control(text);
        if (n)
            putchar('?');
        else if (*text == '"')
            fputs("\"\"", stdout);
        else
            putchar(*text);
    }
    putchar('"');
}

static void put_csv(const struct exporting *exporting, const struct sh_value *column)
{
    for (size_t i = 0; i < exporting->n; i++) {
        if (i)
            putchar(',');
        if (column[i].is_null)
            continue;
        if (column[i].type == SH_VALUE_INT)
            printf("%" PRId64, column[i].number);
        else
            put_csv_text(column[i].text);
    }
    putchar('\n');
}

static int check_written(struct exporting *exporting)
{
    return ferror(stdout)
               ? sp_error_set(&exporting->err, SP_ERR_HOST,
                              "what is exported cannot be written: %s", strerror(errno))
               : SP_OK;
}

static int on_row(void *ctx, const struct sh_value *column, size_t n)
{
    struct exporting *exporting = ctx;

    (void)n;
    if (exporting->is_csv)
        put_csv(exporting, column);
    else
        put_json(exporting, column);
    return check_written(exporting);
}

static enum sh_exit export_rows(struct sh_host *host, const struct sh_export *export,
                                bool is_csv, int64_t since_ms)
{
    struct exporting exporting = {.is_csv = is_csv};
    int rc = name_columns(&exporting, export->columns);

    for (size_t i = 0; !rc && is_csv && i < exporting.n; i++)
        printf("%s%s", exporting.name[i], i + 1 < exporting.n ? "," : "\n");
    if (!rc)
        rc = sh_export_read(host->store, export, since_ms, on_row, &exporting, &exporting.err);
    fflush(stdout);
    if (!rc)
        rc = check_written(&exporting);
    free(exporting.columns);
    return rc ? sh_fail(&exporting.err) : SH_DONE;
}

static struct json_object *names_of(const struct exporting *exporting, size_t n)
{
    struct json_object *names = json_object_new_array();

    for (size_t i = 0; i < n; i++)
        sh_json_append(names, json_object_new_string(exporting->name[i]));
    return names;
}

static int print_export(const struct sh_export *export, struct sp_error *err)
{
    struct json_object *object;
    struct exporting exporting = {0};

    if (name_columns(&exporting, export->columns)) {
        *err = exporting.err;
        return err->code;
    }
    object = json_object_new_object();
    sh_json_text(object, "name", export->name);
    sh_json_text(object, "summary", export->summary);
    sh_json_put(object, "columns", names_of(&exporting, exporting.n));
    sh_json_put(object, "key", names_of(&exporting, export->n_key));
    sh_json_text(object, "since", export->since);
    sh_print_json(object);
    free(exporting.columns);
    return SP_OK;
}

static enum sh_exit print_exports(bool is_json)
{
    const struct sh_export *export;
    struct sp_error err;

    for (size_t i = 0; (export = sh_export_at(i)); i++) {
        if (!is_json)
            sh_print_row(export->name, "%s", export->summary);
        else if (print_export(export, &err))
            return sh_fail(&err);
    }
    return SH_DONE;
}

static const struct sh_export *find(const char *name)
{
    struct sh_nearest nearest = {.wanted = name};
    const struct sh_export *export;
    char text[SH_NEAREST_TEXT_MAX];

    for (size_t i = 0; (export = sh_export_at(i)); i++) {
        if (strcmp(export->name, name) == 0)
            return export;
        sh_nearest_try(&nearest, export->name);
    }
    sh_nearest_text(&nearest, text, sizeof text);
    sh_complain("there is no %s to export%s; `source-host export` lists what there is", name,
                text);
    return NULL;
}

/* A day, or a moment of one, UTC. */
static bool read_since(const char *text, int64_t *ret_ms)
{
    static const char *const forms[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"};

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct tm tm = {0};
        const char *end = strptime(text, forms[i], &tm);

        if (end && !*end) {
            *ret_ms = (int64_t)timegm(&tm) * 1000;
            return true;
        }
    }
    sh_complain("--since %s: is no day as 2026-11-01, nor a moment as 2026-11-01T10:00:00Z",
                text);
    return false;
}

enum sh_exit sh_command_export(struct sh_host *host, const struct sh_arguments *arguments)
{
    const char *format = arguments->format ? arguments->format : "ndjson";
    bool is_csv = strcmp(format, "csv") == 0;
    const struct sh_export *export;
    int64_t since_ms = 0;

    if (!is_csv && strcmp(format, "ndjson") != 0) {
        sh_complain("--format %s: is neither ndjson nor csv", format);
        return SH_USAGE;
    }
    if (!arguments->n && (arguments->format || arguments->since)) {
        sh_complain("--format and --since: of which table?");
        return SH_USAGE;
    }
    if (!arguments->n)
        return print_exports(host->options.json);
    export = find(arguments->name[0]);
    if (!export || (arguments->since && !read_since(arguments->since, &since_ms)))
        return SH_USAGE;
    if (arguments->since && !export->since) {
        sh_complain("--since: a row of %s has no time", export->name);
        return SH_USAGE;
    }
    return export_rows(host, export, is_csv, since_ms);
}
