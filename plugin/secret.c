/* secret.c - see secret.h */
#include "secret.h"

#include "error.h"
#include "url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* last, and after what it needs: glibc's base64 */
#include <netinet/in.h>
#include <resolv.h>

enum { SHORTEST = 3 };

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

/* Takes over `form`; -1 when there is none. */
static int add(struct bb_secret *secret, char *form)
{
    if (!form)
        return -1;
    secret->forms[secret->n++] = form;
    return 0;
}

static int add_copy(struct bb_secret *secret, const char *text)
{
    return add(secret, strdup(text));
}

/* As in the header of basic authentication. */
static int add_pair(struct bb_secret *secret, const char *user, const char *password)
{
    char *plain = NULL, *encoded;
    int length = asprintf(&plain, "%s:%s", user, password);
    size_t room = length < 0 ? 0 : (size_t)length * 2 + 8;
    int rc = -1;

    if (length < 0)
        return -1;
    encoded = calloc(1, room);
    if (encoded && b64_ntop((unsigned char *)plain, (size_t)length, encoded, room) >= 0)
        rc = add_copy(secret, encoded);
    wipe(plain);
    wipe(encoded);
    return rc;
}

static int add_login(struct bb_secret *secret, const char *user, const char *password)
{
    return add_copy(secret, password) || add_pair(secret, user, password) ? -1 : 0;
}

static int add_proxy(struct bb_secret *secret, const char *url)
{
    struct bb_url_login login;
    int rc = bb_url_login_read(&login, url);

    if (!rc)
        rc = add_copy(secret, url);
    if (!rc && login.password)
        rc = add_login(secret, login.user ? login.user : "", login.password);
    bb_url_login_clear(&login);
    return rc;
}

int bb_secret_make(struct bb_secret *secret, const struct bb_settings *settings,
                   struct sp_error *err)
{
    int rc = settings->token ? add_copy(secret, settings->token)
                             : add_login(secret, settings->username, settings->password);

    /* The form that was added last is the one that is sent. */
    if (!rc && asprintf(&secret->header, "Authorization: %s %s",
                        settings->token ? "Bearer" : "Basic", secret->forms[secret->n - 1]) < 0)
        rc = -1;
    if (!rc && settings->proxy)
        rc = add_proxy(secret, settings->proxy);
    return rc ? bb_fail_memory(err) : SP_OK;
}

void bb_secret_clear(struct bb_secret *secret)
{
    while (secret->n > 0)
        wipe(secret->forms[--secret->n]);
    wipe(secret->header);
    secret->header = NULL;
}

const char *bb_secret_authorization(const struct bb_secret *secret)
{
    return secret->header + strlen("Authorization: ");
}

/* How long the form is that stands percent-encoded at `text`, or 0.  Which characters are
 * encoded differs by who does it, and by the part of a URL. */
static size_t encoded_length(const char *text, size_t left, const char *form)
{
    size_t at = 0;

    for (; *form; form++) {
        char digits[3] = "", *end = digits;
        long code = 0;

        if (at + 2 < left && text[at] == '%') {
            memcpy(digits, text + at + 1, 2);
            code = strtol(digits, &end, 16);
        }
        if (end == digits + 2 && code == (unsigned char)*form)
            at += 3;
        else if (at < left && (text[at] == *form || (text[at] == '+' && *form == ' ')))
            at++;
        else
            return 0;
    }
    return at;
}

static void hide_form(const char *form, char *text, size_t length)
{
    size_t size = strlen(form), found;
    char *at = text;

    if (size < SHORTEST)
        return;
    while ((at = memmem(at, length - (size_t)(at - text), form, size)))
        at = (char *)memset(at, '*', size) + size;
    for (size_t i = 0; i < length; i += found ? found : 1) {
        found = encoded_length(text + i, length - i, form);
        memset(text + i, '*', found);
    }
}

void bb_secret_hide(const struct bb_secret *secret, char *text, size_t length)
{
    for (size_t i = 0; length > 0 && i < secret->n; i++)
        hide_form(secret->forms[i], text, length);
}
