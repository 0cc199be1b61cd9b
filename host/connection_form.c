/* connection_form.c - see connection_form.h */
#include "connection_form.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int no_memory(struct sp_error *err)
{
    return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
}

/* ---- What is said ---------------------------------------------------------- */

int sh_form_init(struct sh_form *form, const struct sh_host *host,
                 const struct source_provider *provider, const char *name, struct sp_error *err)
{
    const char *config = host->options.config;

    *form = (struct sh_form){.provider = provider};
    if (asprintf(&form->path, "%s/connections.d/%s.conf", config, name) < 0)
        form->path = NULL;
    if (asprintf(&form->draft, "%s/connections.d/.%s.new", config, name) < 0)
        form->draft = NULL;
    return form->path && form->draft ? SP_OK : no_memory(err);
}

static void forget(struct sh_form_line *line)
{
    if (line->value)
        explicit_bzero(line->value, strlen(line->value));
    free(line->value);
    free(line->key);
    *line = (struct sh_form_line){0};
}

void sh_form_clear(struct sh_form *form)
{
    for (size_t i = 0; i < SH_FORM_MAX; i++)
        forget(&form->line[i]);
    if (form->is_written)
        unlink(form->draft);
    free(form->draft);
    free(form->path);
    *form = (struct sh_form){0};
}

const struct sp_setting *sh_form_setting(const struct sh_form *form, size_t i)
{
    const struct source_provider *provider = form->provider;

    return i < provider->n_settings && i < SH_FORM_MAX
               ? (const void *)((const char *)provider->settings + i * provider->setting_size)
               : NULL;
}

static const struct sh_form_line *line_of(const struct sh_form *form, const char *key)
{
    const struct sp_setting *wanted = sp_settings_find(form->provider, key), *setting;

    for (size_t i = 0; wanted && (setting = sh_form_setting(form, i)); i++)
        if (setting == wanted)
            return &form->line[i];
    return NULL;
}

int sh_form_set(struct sh_form *form, const char *key, const char *value, struct sp_error *err)
{
    struct sh_form_line *line = (struct sh_form_line *)line_of(form, key);

    if (!line)
        return sp_error_set(err, SP_ERR_INVALID,
                            "%s has no setting %s; `source-host describe %s` lists them",
                            form->provider->name, key, form->provider->name);
    forget(line);
    line->is_removed = value == NULL;
    if (!value)
        return SP_OK;
    line->key = strdup(key);
    line->value = strdup(value);
    if (line->key && line->value)
        return SP_OK;
    forget(line);
    return no_memory(err);
}

const char *sh_form_fault(const char *value)
{
    size_t length = strlen(value);

    if (strpbrk(value, "\r\n") || strstr(value, " ;") || strstr(value, "\t;") ||
        (length && (strchr(" \t", value[0]) || strchr(" \t", value[length - 1]))))
        return "a value that begins or ends with a blank, holds ' ;' or a line feed cannot "
               "stand in a connection file; a secret can stand in a file of its own (KEY_file)";
    return NULL;
}

static bool is_said(const struct sh_form_line *line)
{
    return line && (line->key || line->is_removed);
}

bool sh_form_says(const struct sh_form *form, const char *key)
{
    return is_said(line_of(form, key));
}

/* ---- A file of it, without one --------------------------------------------- */

struct making {
    struct sp_entry *entry;
    size_t n;
    bool has_failed;
};

static void add(struct making *making, const char *key, const char *value)
{
    struct sp_entry *entry = &making->entry[making->n];

    *entry = (struct sp_entry){strdup(key), strdup(value), (unsigned)making->n + 1};
    making->has_failed = making->has_failed || !entry->key || !entry->value;
    making->n += entry->key && entry->value;
}

static void add_all(struct making *making, const struct sh_form *form,
                    const struct sp_connection_file *base)
{
    for (size_t i = 0; base && i < base->settings.n; i++)
        if (!is_said(line_of(form, base->settings.entry[i].key)))
            add(making, base->settings.entry[i].key, base->settings.entry[i].value);
    for (size_t i = 0; sh_form_setting(form, i); i++)
        if (form->line[i].key)
            add(making, form->line[i].key, form->line[i].value);
}

struct sp_connection_file *sh_form_file(const struct sh_form *form, const char *name,
                                        const struct sp_connection_file *base)
{
    struct sp_connection_file *file = calloc(1, sizeof *file);
    struct making making = {
        calloc(SH_FORM_MAX + (base ? base->settings.n : 0), sizeof *making.entry), 0, false};

    if (making.entry)
        add_all(&making, form, base);
    if (!file || !making.entry) {
        free(making.entry);
        free(file);
        return NULL;
    }
    file->settings = (struct sp_entries){making.entry, making.n};
    file->name = strdup(name);
    file->path = strdup(form->path);
    file->provider = strdup(form->provider->name);
    if (file->name && file->path && file->provider && !making.has_failed)
        return file;
    sp_connection_file_free(file);
    return NULL;
}

/* ---- The file -------------------------------------------------------------- */

static void write_line(FILE *out, const struct sh_form_line *line)
{
    if (line->key)
        fprintf(out, "%s = %s\n", line->key, line->value);
}

static void write_new(const struct sh_form *form, FILE *out)
{
    fprintf(out, "[connection]\nprovider = %s\n\n[settings]\n", form->provider->name);
    for (size_t i = 0; sh_form_setting(form, i); i++)
        write_line(out, &form->line[i]);
}

/* What is put into a file that is there. */
struct rewriting {
    const struct sh_form *form;
    const struct sp_connection_file *base;
    bool is_written[SH_FORM_MAX];
    unsigned last; /* line of [settings], behind which what is new goes; 0: there is none */
    FILE *out;
};

static void write_rest(struct rewriting *rewriting)
{
    for (size_t i = 0; sh_form_setting(rewriting->form, i); i++)
        if (!rewriting->is_written[i])
            write_line(rewriting->out, &rewriting->form->line[i]);
}

/* The entry that stands in a line; what is said of its setting takes its place. */
static void rewrite_line(struct rewriting *rewriting, unsigned number, const char *text)
{
    const struct sp_entries *settings = &rewriting->base->settings;
    const struct sh_form_line *line = NULL;

    for (size_t i = 0; i < settings->n; i++)
        if (settings->entry[i].line == number)
            line = line_of(rewriting->form, settings->entry[i].key);
    if (!is_said(line)) {
        fputs(text, rewriting->out);
        if (!strchr(text, '\n'))
            fputc('\n', rewriting->out);
    } else if (!rewriting->is_written[line - rewriting->form->line]) {
        write_line(rewriting->out, line);
        rewriting->is_written[line - rewriting->form->line] = true;
    }
    if (number == rewriting->last)
        write_rest(rewriting);
}

static unsigned last_line(const struct sp_connection_file *base)
{
    unsigned last = base->settings_line > 1 ? base->settings_line : 0;

    for (size_t i = 0; i < base->settings.n; i++)
        if (base->settings.entry[i].line > last)
            last = base->settings.entry[i].line;
    return last;
}

/* What stands in a line that is not written anew is written before the rest, so that the order
 * of two lines for one setting does not matter. */
static int rewrite(struct rewriting *rewriting, FILE *in)
{
    char *text = NULL;
    size_t size = 0;
    unsigned number = 0;

    setvbuf(in, NULL, _IONBF, 0); /* no copy of secrets in a buffer of stdio */
    while (getline(&text, &size, in) >= 0)
        rewrite_line(rewriting, ++number, text);
    if (!rewriting->last) {
        fputs("\n[settings]\n", rewriting->out);
        write_rest(rewriting);
    }
    if (text)
        explicit_bzero(text, size);
    free(text);
    return feof(in) ? 0 : -1; /* getline ends for lack of memory, too */
}

static int rewrite_from(const struct sh_form *form, const struct sp_connection_file *base,
                        FILE *out)
{
    struct rewriting rewriting = {
        .form = form, .base = base, .last = last_line(base), .out = out};
    FILE *in = fopen(base->path, "re");
    int rc = in ? rewrite(&rewriting, in) : -1;

    if (in)
        fclose(in);
    return rc;
}

/* Whose the file is, it stays. */
static void keep_owner(const struct sp_connection_file *base, int descriptor)
{
    struct stat st;

    if (stat(base->path, &st) || fchown(descriptor, st.st_uid, st.st_gid))
        return; /* where that is not ours to say it is ours */
}

int sh_form_write(struct sh_form *form, const struct sp_connection_file *base,
                  struct sp_error *err)
{
    int descriptor, rc = 0;
    FILE *out;

    unlink(form->draft); /* of one that was killed; what stands there is not written to */
    descriptor = open(form->draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    form->is_written = descriptor >= 0;
    out = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (!out) {
        sp_error_set(err, SP_ERR_HOST, "%s: %s", form->draft, strerror(errno));
        if (descriptor >= 0)
            close(descriptor);
        return SP_ERR_HOST;
    }
    setvbuf(out, NULL, _IONBF, 0);
    if (base)
        keep_owner(base, descriptor);
    if (base)
        rc = rewrite_from(form, base, out);
    else
        write_new(form, out);
    if (rc || ferror(out) || fflush(out) || fsync(descriptor))
        rc = sp_error_set(err, SP_ERR_HOST, "%s: %s", form->draft, strerror(errno));
    if (fclose(out) && !rc)
        rc = sp_error_set(err, SP_ERR_HOST, "%s: %s", form->draft, strerror(errno));
    return rc;
}

bool sh_form_is_whole(const struct sh_form *form, const struct sp_connection_file *read)
{
    size_t missing = 0;

    for (size_t i = 0; sh_form_setting(form, i); i++)
        missing += form->line[i].key != NULL;
    for (size_t i = 0; i < read->settings.n; i++) {
        const struct sp_entry *entry = &read->settings.entry[i];
        const struct sh_form_line *line = line_of(form, entry->key);

        if (!is_said(line))
            continue;
        if (!line->key || strcmp(line->key, entry->key) != 0 ||
            strcmp(line->value, entry->value) != 0)
            return false;
        missing--;
    }
    return missing == 0;
}

int sh_form_keep(const struct sh_form *form, bool is_new, struct sp_error *err)
{
    int rc = is_new ? link(form->draft, form->path) : rename(form->draft, form->path);

    if (!rc)
        return SP_OK;
    return errno == EEXIST
               ? sp_error_set(err, SP_ERR_INVALID, "%s is there already", form->path)
               : sp_error_set(err, SP_ERR_HOST, "%s: %s", form->path, strerror(errno));
}
