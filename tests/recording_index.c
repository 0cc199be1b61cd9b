/* recording_index.c - see recording_index.h */
#include "recording_index.h"

#include "plugin_fixture.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first that matches an endpoint counts; others are read as pages of anything. */
static const struct {
    const char *glob;
    int kind; /* enum kind; -1: no record of ours */
} kinds[] = {
    {"webhook*", WEBHOOK},
    {"[45]?? *", FAILURE},
    {"HTTP [45]*", FAILURE},
    {"*/activities*", ACTIVITY},
    {"*/application-properties*", PROPERTIES},
    {"*/build-status/*", -1},
    {"*/mirroring/*", -1},
    {"*/commits*", COMMIT},
    {"*/participants*", USER},
    {"*/permissions/*", USER},
    {"*/pull-requests*", PULL_REQUEST},
    {"*/users*", PERSON},
    {"*/branches*", -1},
    {"*/tags*", -1},
    {"*/webhooks*", -1},
    {"*/repos*", REPOSITORY},
    {"GET repo*", REPOSITORY},
    {"*/labeled*", REPOSITORY},
    {"GET /projects*", PROJECT},
};

struct recording recordings[RECORDINGS_MAX];
size_t n_recordings;
static char folder[1000];

static char *file_text(const char *path, size_t *ret_length)
{
    char *text = calloc(1, 1 << 20);
    FILE *file = fopen(path, "r");

    *ret_length = file ? fread(text, 1, (1 << 20) - 1, file) : 0;
    if (file)
        fclose(file);
    return text;
}

char *recording_text(const char *name, size_t *ret_length)
{
    char path[sizeof folder + sizeof recordings->file];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return file_text(path, ret_length);
}

char *recorded_rows(void)
{
    const char *source = getenv("SH_SRCDIR");
    char *path = text_of("%s/tests/recorded_rows.txt", source ? source : "."), *text;
    size_t length;

    text = file_text(path, &length);
    free(path);
    return text;
}

const char *recording_index(void)
{
    const char *place = getenv("SHARED_DIR"), *source = getenv("SH_SRCDIR");
    size_t length;
    char *index, *rest = NULL;

    if (place)
        snprintf(folder, sizeof folder, "%s", place);
    else
        snprintf(folder, sizeof folder, "%s/../shared/recordings", source ? source : ".");
    index = recording_text("INDEX.md", &length);
    for (char *line = strtok_r(index, "\n", &rest); line && n_recordings < COUNT(recordings);
         line = strtok_r(NULL, "\n", &rest)) {
        struct recording *recording = &recordings[n_recordings];

        if (sscanf(line, "| %127[^| ] | %399[^|] | %*[^|] | %399[^|]", recording->file,
                   recording->endpoint, recording->made) == 3 &&
            strstr(recording->file, ".json"))
            n_recordings++;
    }
    free(index);
    return folder;
}

int recording_kind(const struct recording *recording)
{
    /* What a person has shortened has no longer the shape of what the server sent. */
    if (strstr(recording->made, "hand-trimmed"))
        return -1;
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (fnmatch(kinds[i].glob, recording->endpoint, 0) == 0)
            return kinds[i].kind;
    return -1;
}
