/* decision.c - see decision.h */
#include "ingest/decision.h"

#include "output.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool means_organization(const char *key, const char *organization_key)
{
    return strcmp(key, "*") == 0 || strcasecmp(key, organization_key) == 0;
}

bool sh_entry_means(const struct sp_entry *entry, const struct sh_repository_row *row)
{
    if (strcmp(entry->key, "repositories") == 0)
        return strcasecmp(entry->value, row->path) == 0;
    if (strcmp(entry->key, "auto_import") == 0)
        return means_organization(entry->value, row->organization_key);
    return fnmatch(entry->value, row->path, FNM_CASEFOLD) == 0;
}

static const struct sp_entry *find(const struct sp_entries *entries,
                                   const struct sh_repository_row *row)
{
    for (size_t i = 0; i < entries->n; i++)
        if (sh_entry_means(&entries->entry[i], row))
            return &entries->entry[i];
    return NULL;
}

static bool is_of_kind(const char *key, const struct sh_repository_row *row, int64_t now_ms)
{
    if (strcmp(key, "include_archived") == 0)
        return row->archived;
    if (strcmp(key, "include_personal") == 0)
        return row->personal;
    if (strcmp(key, "include_forks") == 0)
        return row->fork;
    return row->empty_ms && now_ms - row->empty_ms < SH_EMPTY_MS;
}

/* The include_KIND = no that means it. */
static const struct sp_entry *find_kind(const struct sp_entries *kinds,
                                        const struct sh_repository_row *row, int64_t now_ms)
{
    for (size_t i = 0; i < kinds->n; i++)
        if (!sp_is_yes(kinds->entry[i].value) && is_of_kind(kinds->entry[i].key, row, now_ms))
            return &kinds->entry[i];
    return NULL;
}

static struct sh_decision by_file(const struct sp_entry *entry, bool is_wanted)
{
    return (struct sh_decision){
        .is_wanted = is_wanted, .is_excluded = !is_wanted, .rule = entry->key, .entry = entry};
}

/* What was imported stays so, also when auto-import is switched off. */
static struct sh_decision by_command(const struct sh_repository_row *row)
{
    bool is_named = row->imported_by && strcmp(row->imported_by, "import") == 0;

    if (row->imported && (is_named || row->auto_import != SH_ON))
        return (struct sh_decision){
            .is_wanted = true, .rule = is_named ? "import" : "kept", .ms = row->imported_ms};
    if (row->removed_ms)
        return (struct sh_decision){.rule = "remove", .ms = row->removed_ms};
    if (row->auto_import != SH_NOT_SAID)
        return (struct sh_decision){.is_wanted = row->auto_import == SH_ON,
                                    .rule = "auto-import",
                                    .ms = row->auto_import_ms};
    return (struct sh_decision){.rule = "none"};
}

struct sh_decision sh_decide(const struct sp_connection_file *file,
                             const struct sh_repository_row *row, int64_t now_ms)
{
    const struct sp_entry *entry;

    if (!row->listed && !row->imported)
        return (struct sh_decision){.rule = "unlisted"};
    /* A path that is not listed any more may be another's by now. */
    if (row->listed && (entry = find(&file->repositories, row)))
        return by_file(entry, true);
    if ((entry = find(&file->exclude, row)) || (entry = find_kind(&file->kinds, row, now_ms)))
        return by_file(entry, false);
    if (row->listed && (entry = find(&file->auto_import, row)))
        return by_file(entry, true);
    return by_command(row);
}

bool sh_decides_by_file(const struct sp_connection_file *file)
{
    return file->repositories.n || file->exclude.n || file->kinds.n || file->auto_import.n;
}

struct sh_decision sh_decide_auto_import(const struct sp_connection_file *file,
                                         const struct sh_organization_row *row)
{
    const struct sp_entries *entries = &file->auto_import;

    for (size_t i = 0; i < entries->n; i++)
        if (means_organization(entries->entry[i].value, row->key))
            return by_file(&entries->entry[i], true);
    if (row->auto_import == SH_NOT_SAID)
        return (struct sh_decision){.rule = "none"};
    return (struct sh_decision){.is_wanted = row->auto_import == SH_ON,
                                .rule = "auto-import",
                                .ms = row->auto_import_ms};
}

void sh_entry_place(const struct sp_connection_file *file, const struct sp_entry *entry,
                    char *text, size_t size)
{
    snprintf(text, size, "%s:%u: %s = %s", file->path, entry->line, entry->key, entry->value);
}

static void auto_import_text(const struct sp_connection_file *file,
                             const struct sh_repository_row *row, char *text, size_t size)
{
    snprintf(text, size, "`source-host auto-import %s %s %s` was said %s", file->name,
             row->auto_import_all ? "'*'" : row->organization_key,
             row->auto_import == SH_ON ? "on" : "off", sh_time_text(row->auto_import_ms));
}

void sh_decision_text(const struct sh_decision *decision, const struct sp_connection_file *file,
                      const struct sh_repository_row *row, char *text, size_t size)
{
    const char *rule = decision->rule;

    if (decision->entry)
        sh_entry_place(file, decision->entry, text, size);
    else if (strcmp(rule, "import") == 0)
        snprintf(text, size, "`source-host import` was said %s",
                 sh_time_text(row->imported_ms));
    else if (strcmp(rule, "kept") == 0)
        snprintf(text, size, "it was imported %s by %s, and is kept until `source-host remove`",
                 sh_time_text(row->imported_ms), row->imported_by ? row->imported_by : "?");
    else if (strcmp(rule, "remove") == 0)
        snprintf(text, size, "`source-host remove` was said %s", sh_time_text(row->removed_ms));
    else if (strcmp(rule, "auto-import") == 0)
        auto_import_text(file, row, text, size);
    else if (strcmp(rule, "unlisted") == 0)
        snprintf(text, size, "the server does not list it since %s",
                 sh_time_text(row->unlisted_ms));
    else
        snprintf(text, size, "nothing asks for it; `source-host import %s %s` would",
                 file->name, row->path);
}
