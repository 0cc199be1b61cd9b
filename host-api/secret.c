/* secret.c - see secret.h */
#include "secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SECRET_MAX = 8192 };

enum sp_secret_source sp_secret_source(const char *key, const struct sp_setting *setting)
{
    size_t length = strlen(setting->key);
    const char *end = key + length;

    if (!(setting->flags & SP_SETTING_SECRET) || strncmp(key, setting->key, length) != 0)
        return SP_SECRET_NONE;
    return strcmp(end, "_file") == 0         ? SP_SECRET_FILE
           : strcmp(end, "_env") == 0        ? SP_SECRET_ENV
           : strcmp(end, "_credential") == 0 ? SP_SECRET_CREDENTIAL
                                             : SP_SECRET_NONE;
}

#define TELL(text, ...) snprintf(text, sizeof text, __VA_ARGS__)

/* Reads the only line into text; returns what is wrong with it, or NULL.  What follows is not
 * dropped in silence: it may be the wrong file, or the rest of a secret that was pasted badly.
 */
static const char *read_only_line(FILE *file, char *text, size_t size)
{
    size_t n, length, end;

    setvbuf(file, NULL, _IONBF, 0); /* no copy of the secret in a buffer of stdio */
    n = fread(text, 1, size - 1, file);
    if (ferror(file))
        return strerror(errno);
    text[n] = '\0';
    length = strcspn(text, "\r\n");
    if (length == 0)
        return n > 0 && !text[0] ? "it holds a NUL byte" : "its first line is empty";
    if (length == size - 1)
        return "its first line is too long for a secret";
    if (strncmp(text, "\xEF\xBB\xBF", 3) == 0)
        return "it begins with a byte order mark; save it as UTF-8 without one";
    end = length + strspn(text + length, "\r\n");
    if (end < n)
        return text[end] ? "it has a second line, and a secret is one line"
                         : "it holds a NUL byte";
    explicit_bzero(text + length, n - length);
    return NULL;
}

static void check_mode(FILE *file, const char *path, struct sp_secret_notes *notes)
{
    struct stat st;

    if (fstat(fileno(file), &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077))
        TELL(notes->warning, "others may read %.200s (mode %04o); chmod 600 keeps the secret",
             path, (unsigned)st.st_mode & 07777);
}

/* The only line of the file, without its end of line.  A name is not told, here and below: it
 * may be the secret, put there by mistake. */
static char *read_file(const char *path, struct sp_secret_notes *notes)
{
    char *text = calloc(1, SECRET_MAX);
    FILE *file = text ? fopen(path, "re") : NULL;
    const char *fault = file ? NULL : strerror(errno);

    if (file) {
        check_mode(file, path, notes);
        fault = read_only_line(file, text, SECRET_MAX);
        fclose(file);
    }
    if (!fault)
        return text;
    notes->lacks_memory = !text || (!file && errno == ENOMEM);
    TELL(notes->fault, "the file that it names: %s", fault);
    if (text)
        explicit_bzero(text, SECRET_MAX);
    free(text);
    return NULL;
}

static char *read_variable(const char *name, struct sp_secret_notes *notes)
{
    const char *value = getenv(name);
    char *text;

    if (!value || !*value) {
        TELL(notes->fault, "the environment has no such variable, or it is empty");
        return NULL;
    }
    if (strpbrk(value, "\r\n")) {
        TELL(notes->fault, "that variable has an end of line in it, and a secret is one line");
        return NULL;
    }
    text = strdup(value);
    notes->lacks_memory = !text;
    return text;
}

/* systemd keeps credentials as files in a directory that it names (systemd.exec(5)). */
static char *read_credential(const char *name, struct sp_secret_notes *notes)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    char *path = NULL, *text;

    if (!directory || strchr(name, '/')) {
        TELL(notes->fault, "%s",
             directory ? "that is no name of a credential"
                       : "systemd passed no credentials (CREDENTIALS_DIRECTORY is not set)");
        return NULL;
    }
    if (asprintf(&path, "%s/%s", directory, name) < 0) {
        notes->lacks_memory = 1;
        return NULL;
    }
    text = read_file(path, notes);
    *notes->warning = '\0'; /* systemd sees to its mode */
    free(path);
    return text;
}

char *sp_secret_read(enum sp_secret_source source, const char *where,
                     struct sp_secret_notes *notes)
{
    switch (source) {
    case SP_SECRET_ENV:
        return read_variable(where, notes);
    case SP_SECRET_CREDENTIAL:
        return read_credential(where, notes);
    default:
        return read_file(where, notes);
    }
}
