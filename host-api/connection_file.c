/* connection_file.c - reads connections.d/NAME.conf
 *
 * libinih parses.  It tells no line numbers and cuts long lines in silence, so its input
 * goes through read_line, which counts, and complains.
 */
#include "problem.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_LINES = 10000 };

struct reader {
    FILE *file;
    struct sp_connection_file *out;
    sp_problem_fn problem;
    void *ctx;
    unsigned line;
    int continued;        /* the line began with a blank: it goes on with the key before */
    int has_comment;      /* " ;" in it: the rest is a comment for libinih */
    const char *secret;   /* the key that secret_line sets, of the file that is read */
    unsigned secret_line; /* 0: none yet */
    int errors;
    int lacks_memory;
};

#define FAULT(reader, line, ...)                                                               \
    ((reader)->errors++, sp_problem_tell((reader)->problem, (reader)->ctx,                     \
                                         (reader)->out->path, line, 0, __VA_ARGS__))

/* Reads a line into buffer, as much as fits; ends at a NUL byte.  Returns its whole length,
 * 0 at the end of the file. */
static size_t read_raw(FILE *file, char *buffer, size_t size, int *has_nul)
{
    size_t length = 0;
    int c = 0;

    while (c != '\n' && !*has_nul && (c = getc(file)) != EOF) {
        *has_nul = c == '\0';
        if (length + 1 < size)
            buffer[length] = (char)c;
        length++;
    }
    buffer[length < size ? length : size - 1] = '\0';
    return length;
}

/* libinih goes on after a line that it does not understand, but tells of the first only. */
static int is_stray(const struct reader *reader, const char *line)
{
    if (reader->line == 1 && strncmp(line, "\xEF\xBB\xBF", 3) == 0)
        line += 3;
    if (reader->continued || !line[strspn(line, " \t\r\n\v\f")] || strchr(";#", *line))
        return 0;
    return *line == '[' ? !strchr(line, ']') : !strpbrk(line, "=:");
}

/* A secret that was pasted with a line feed goes on in the next line. */
static void fault_stray(struct reader *reader)
{
    if (reader->secret_line && reader->secret_line + 1 == reader->line)
        FAULT(reader, reader->line,
              "this is neither [section] nor key = value; if it goes on with %s: a secret has "
              "one line, and no line feed in it",
              reader->secret);
    else
        FAULT(reader, reader->line, "this is neither [section] nor key = value");
}

/* fgets for libinih. */
static char *read_line(char *buffer, int size, void *stream)
{
    struct reader *reader = stream;
    int has_nul = 0;
    size_t length = read_raw(reader->file, buffer, (size_t)size, &has_nul);

    if (length == 0) {
        explicit_bzero(buffer, (size_t)size); /* libinih frees it as it is */
        return NULL;
    }
    reader->line++;
    if (has_nul)
        FAULT(reader, reader->line, "it holds a NUL byte: this is no text file");
    else if (reader->line > MAX_LINES)
        FAULT(reader, reader->line, "a connection file has at most %d lines", MAX_LINES);
    if (has_nul || reader->line > MAX_LINES)
        return NULL;
    reader->continued = buffer[0] == ' ' || buffer[0] == '\t';
    reader->has_comment = strstr(buffer, " ;") || strstr(buffer, "\t;");
    if (length >= (size_t)size && !strchr(";#", buffer[strspn(buffer, " \t")]))
        FAULT(reader, reader->line,
              "the line is longer than %d bytes; a list of [import] may go on in the next "
              "line, after a "
              "blank",
              size - 2);
    if (is_stray(reader, buffer)) {
        fault_stray(reader);
        strcpy(buffer, "\n");
    }
    if (strncmp(buffer, "[settings]", 10) == 0)
        reader->out->settings_line = reader->line;
    return buffer;
}

static int add_entry(struct sp_entries *entries, const char *key, const char *value,
                     unsigned line)
{
    struct sp_entry *grown;

    grown = realloc((void *)entries->entry, (entries->n + 1) * sizeof *grown);
    if (!grown)
        return -1;
    entries->entry = grown;
    grown[entries->n].key = strdup(key);
    grown[entries->n].value = strdup(value);
    grown[entries->n].line = line;
    if (!grown[entries->n].key || !grown[entries->n].value) {
        free((char *)grown[entries->n].key);
        if (grown[entries->n].value)
            explicit_bzero((char *)grown[entries->n].value, strlen(value));
        free((char *)grown[entries->n].value);
        return -1;
    }
    entries->n++;
    return 0;
}

/* Of a line that goes on, libinih does not take the comment away. */
static void add_words(struct reader *reader, struct sp_entries *entries, const char *key,
                      const char *value)
{
    char *copy = strdup(value), *rest = NULL;

    if (!copy)
        reader->lacks_memory = 1;
    for (char *word = copy ? strtok_r(copy, " \t,", &rest) : NULL; word && *word != ';';
         word = strtok_r(NULL, " \t,", &rest))
        if (add_entry(entries, key, word, reader->line))
            reader->lacks_memory = 1;
    free(copy);
}

static void set_once(struct reader *reader, const char **field, const char *key,
                     const char *value)
{
    if (*field)
        FAULT(reader, reader->line,
              reader->continued ? "a line that begins with a blank goes on with %s, which has "
                                  "one line only"
                                : "%s is set twice",
              key);
    else if (!(*field = strdup(value)))
        reader->lacks_memory = 1;
}

static void in_connection(struct reader *reader, const char *key, const char *value)
{
    if (strcmp(key, "provider") == 0) {
        set_once(reader, &reader->out->provider, key, value);
        reader->out->provider_line = reader->line;
    } else if (strcmp(key, "owner") == 0) {
        set_once(reader, &reader->out->owner, key, value);
    } else {
        FAULT(reader, reader->line,
              "unknown key %s in [connection]; there are provider and owner", key);
    }
}

/* Which keys are secrets, the provider's table tells, which is not known here. */
static int is_secret(const char *key)
{
    return strstr(key, "password") || strstr(key, "token");
}

/* A secret must not lose its tail to a comment without a word. */
static void warn_of_comment(struct reader *reader, const char *key)
{
    if (reader->has_comment && is_secret(key))
        sp_problem_tell(reader->problem, reader->ctx, reader->out->path, reader->line, 1,
                        "what follows ' ;' is a comment and no part of %s; a secret that "
                        "holds ' ;' can stand in a file of its own (%s_file)",
                        key, key);
}

static void in_settings(struct reader *reader, const char *key, const char *value)
{
    struct sp_entries *settings = &reader->out->settings;

    for (size_t i = 0; i < settings->n; i++)
        if (strcmp(settings->entry[i].key, key) == 0) {
            if (reader->continued)
                FAULT(reader, reader->line,
                      "a line that begins with a blank goes on with %s, "
                      "which has one line only",
                      key);
            else
                FAULT(reader, reader->line, "%s is set twice, first in line %u", key,
                      settings->entry[i].line);
            return;
        }
    warn_of_comment(reader, key);
    if (add_entry(settings, key, value, reader->line)) {
        reader->lacks_memory = 1;
    } else if (is_secret(key)) {
        reader->secret = settings->entry[settings->n - 1].key;
        reader->secret_line = reader->line;
    }
}

static int is_kind(const char *key)
{
    static const char *const keys[] = {"include_archived", "include_personal", "include_forks",
                                       "include_empty"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i], key) == 0)
            return 1;
    return 0;
}

static void in_kinds(struct reader *reader, const char *key, const char *value)
{
    const struct sp_entries *kinds = &reader->out->kinds;

    for (size_t i = 0; i < kinds->n; i++)
        if (strcmp(kinds->entry[i].key, key) == 0) {
            FAULT(reader, reader->line, "%s is set twice, first in line %u", key,
                  kinds->entry[i].line);
            return;
        }
    if (!sp_is_boolean(value))
        FAULT(reader, reader->line, "%s = %s is neither yes nor no", key, value);
    else if (add_entry(&reader->out->kinds, key, value, reader->line))
        reader->lacks_memory = 1;
}

static void in_import(struct reader *reader, const char *key, const char *value)
{
    struct sp_connection_file *out = reader->out;

    if (strcmp(key, "repositories") == 0)
        add_words(reader, &out->repositories, key, value);
    else if (strcmp(key, "auto_import") == 0)
        add_words(reader, &out->auto_import, key, value);
    else if (strcmp(key, "exclude") == 0)
        add_words(reader, &out->exclude, key, value);
    else if (is_kind(key))
        in_kinds(reader, key, value);
    else
        FAULT(reader, reader->line,
              "unknown key %s in [import]; there are repositories, auto_import, exclude and "
              "include_archived, include_personal, include_forks, include_empty",
              key);
}

static int on_value(void *user, const char *section, const char *name, const char *value)
{
    struct reader *reader = user;

    if (strcmp(section, "connection") == 0)
        in_connection(reader, name, value);
    else if (strcmp(section, "settings") == 0)
        in_settings(reader, name, value);
    else if (strcmp(section, "import") == 0)
        in_import(reader, name, value);
    else if (!*section)
        FAULT(reader, reader->line,
              "%s stands before the first section; there are [connection], [settings] and "
              "[import]",
              name);
    else
        FAULT(reader, reader->line,
              "unknown section [%s]; there are [connection], [settings] and [import]", section);
    return 1;
}

static void check_repositories(struct reader *reader)
{
    const struct sp_entries *list = &reader->out->repositories;

    for (size_t i = 0; i < list->n; i++) {
        const char *slash = strchr(list->entry[i].value, '/');

        if (!slash || slash == list->entry[i].value || !slash[1])
            FAULT(reader, list->entry[i].line, "repositories: %s is not of the form KEY/slug",
                  list->entry[i].value);
    }
}

static void check_mode(struct reader *reader)
{
    struct stat st;

    if (fstat(fileno(reader->file), &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077))
        sp_problem_tell(reader->problem, reader->ctx, reader->out->path, 0, 1,
                        "others may read this file (mode %04o); chmod 600 keeps its secrets",
                        (unsigned)st.st_mode & 07777);
}

static void parse(struct reader *reader)
{
    int line, error;

    errno = 0;
    line = ini_parse_stream(read_line, reader, on_value, reader);
    error = errno;
    if (line > 0)
        FAULT(reader, (unsigned)line, "this is neither [section] nor key = value");
    else if (line < 0) /* what libinih asks for is all that can fail here */
        reader->lacks_memory = 1;
    if (ferror(reader->file))
        FAULT(reader, 0, "it cannot be read: %s", strerror(error));
    else if ((!reader->out->provider || !*reader->out->provider) && !reader->errors &&
             !reader->lacks_memory)
        FAULT(reader, reader->out->provider ? reader->out->provider_line : 1,
              "provider is missing; write `provider = NAME` under [connection]");
    check_repositories(reader);
}

static char *name_of(const char *path)
{
    const char *base = strrchr(path, '/');
    char *name = strdup(base ? base + 1 : path);
    size_t length = name ? strlen(name) : 0;

    if (length > 5 && strcmp(name + length - 5, ".conf") == 0)
        name[length - 5] = '\0';
    return name;
}

static void read_file(struct reader *reader)
{
    reader->file = fopen(reader->out->path, "re");
    if (!reader->file) {
        if (errno == ENOMEM)
            reader->lacks_memory = 1;
        else
            FAULT(reader, 0, "it cannot be opened: %s", strerror(errno));
        return;
    }
    setvbuf(reader->file, NULL, _IONBF, 0); /* no copy of secrets in a buffer of stdio */
    check_mode(reader);
    parse(reader);
    fclose(reader->file);
}

/* What else was found wrong may be so because of it. */
static int result_of(const struct reader *reader, const char *path)
{
    if (reader->lacks_memory) {
        sp_problem_tell(reader->problem, reader->ctx, path, 0, 0, "out of memory");
        return SP_ERR_NOMEM;
    }
    return reader->errors ? SP_ERR_INVALID : SP_OK;
}

int sp_connection_file_read(const char *path, struct sp_connection_file **ret,
                            sp_problem_fn problem, void *ctx)
{
    struct reader reader = {.problem = problem, .ctx = ctx};
    int rc;

    reader.out = calloc(1, sizeof *reader.out);
    if (reader.out) {
        reader.out->path = strdup(path);
        reader.out->name = name_of(path);
        reader.out->settings_line = 1;
    }
    if (reader.out && reader.out->path && reader.out->name)
        read_file(&reader);
    else
        reader.lacks_memory = 1;
    rc = result_of(&reader, path);
    if (rc)
        sp_connection_file_free(reader.out);
    else
        *ret = reader.out;
    return rc;
}

static void entries_clear(struct sp_entries *entries)
{
    for (size_t i = 0; i < entries->n; i++) {
        char *value = (char *)entries->entry[i].value;

        explicit_bzero(value, strlen(value));
        free(value);
        free((char *)entries->entry[i].key);
    }
    free((void *)entries->entry);
}

void sp_connection_file_free(struct sp_connection_file *file)
{
    if (!file)
        return;
    entries_clear(&file->settings);
    entries_clear(&file->repositories);
    entries_clear(&file->auto_import);
    entries_clear(&file->exclude);
    entries_clear(&file->kinds);
    free((char *)file->name);
    free((char *)file->path);
    free((char *)file->provider);
    free((char *)file->owner);
    free(file);
}
