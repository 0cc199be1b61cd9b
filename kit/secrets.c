/* secrets.c - see secrets.h */
#include "secrets.h"

#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SURE = 8 /* bytes of base64 that do not stand there by chance */ };

static void add_form(struct kit_secret *secret, char *form)
{
    if (form && strlen(form) >= KIT_SECRET_MIN)
        secret->form[secret->n_forms++] = form;
    else
        free(form);
}

static char *percent_encoded(const char *value, const char *hex)
{
    char *text = malloc(3 * strlen(value) + 1), *end = text;

    for (; text && *value; value++) {
        unsigned char c = (unsigned char)*value;
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                     (c >= 'a' && c <= 'z') || strchr("-._~", c);

        end += plain ? sprintf(end, "%c", c) : sprintf(end, "%%%c%c", hex[c >> 4], hex[c & 15]);
    }
    if (text)
        *end = '\0';
    return text;
}

/* What stays the same whatever stands around it, when `before` bytes of a group of three do. */
static char *in_base64(const char *value, size_t before)
{
    static const size_t lost[] = {0, 2, 3};
    size_t length = strlen(value), whole = (before + length) / 3 * 4;
    size_t room = (before + length + 2) / 3 * 4 + 1;
    unsigned char *bytes = calloc(1, before + length + 1);
    char *text = malloc(room), *form = NULL;

    if (bytes && text) {
        memcpy(bytes + before, value, length);
        if (b64_ntop(bytes, before + length, text, room) > 0 && whole >= lost[before] + SURE)
            form = strndup(text + lost[before], whole - lost[before]);
    }
    free(bytes);
    free(text);
    return form;
}

bool kit_secrets_add(struct kit_secrets *secrets, const char *key, const char *value)
{
    struct kit_secret *grown, *secret;

    if (strlen(value) < KIT_SECRET_MIN)
        return false;
    grown = realloc(secrets->secret, (secrets->n + 1) * sizeof *grown);
    if (!grown)
        return false;
    secrets->secret = grown;
    secret = &grown[secrets->n++];
    *secret = (struct kit_secret){.key = strdup(key)};
    add_form(secret, strdup(value));
    add_form(secret, percent_encoded(value, "0123456789ABCDEF"));
    add_form(secret, percent_encoded(value, "0123456789abcdef"));
    for (size_t before = 0; before < 3; before++)
        add_form(secret, in_base64(value, before));
    return true;
}

const char *kit_secrets_find(const struct kit_secrets *secrets, const char *text)
{
    for (size_t i = 0; i < secrets->n; i++)
        for (size_t j = 0; j < secrets->secret[i].n_forms; j++)
            if (strstr(text, secrets->secret[i].form[j]))
                return secrets->secret[i].key;
    return NULL;
}

void kit_secrets_clear(struct kit_secrets *secrets)
{
    for (size_t i = 0; i < secrets->n; i++) {
        struct kit_secret *secret = &secrets->secret[i];

        for (size_t j = 0; j < secret->n_forms; j++) {
            explicit_bzero(secret->form[j], strlen(secret->form[j]));
            free(secret->form[j]);
        }
        free(secret->key);
    }
    free(secrets->secret);
    *secrets = (struct kit_secrets){0};
}
