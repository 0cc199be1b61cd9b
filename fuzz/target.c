/* target.c - see target.h; and the main program of a target that no fuzzer drives */
#define _GNU_SOURCE 1 /* memmem */
#include "target.h"

#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

void fuzz_fails(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    abort();
}

char *fuzz_part(struct fuzz_input *input, size_t *ret_length)
{
    static const char cut[] = "\n%%\n";
    const uint8_t *end;
    char *part;

    if (!input->data)
        return NULL;
    end = memmem(input->data, input->size, cut, sizeof cut - 1);
    *ret_length = end ? (size_t)(end - input->data) : input->size;
    part = malloc(*ret_length + 1);
    HOLDS(part);
    memcpy(part, input->data, *ret_length);
    part[*ret_length] = '\0';
    input->size -= *ret_length + (end ? sizeof cut - 1 : 0);
    input->data = end ? end + sizeof cut - 1 : NULL;
    return part;
}

char *fuzz_text(struct fuzz_input *input)
{
    size_t length = 0;
    char *part = fuzz_part(input, &length), *text = strdup(part ? part : "");

    free(part);
    HOLDS(text);
    return text;
}

bool fuzz_is_utf8(const char *text)
{
    static locale_t utf8;
    locale_t before;
    mbstate_t state = {0};
    wchar_t c = 0;
    int length;

    if (!utf8)
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    HOLDS(utf8);
    before = uselocale(utf8);
    do {
        length = (int)mbrtowc(&c, text, MB_LEN_MAX, &state);
        text += length > 0 ? length : 0;
    } while (length > 0 && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF));
    uselocale(before);
    return length == 0;
}

bool fuzz_is_line(const char *text)
{
    return *text && !strpbrk(text, "\r\n") && fuzz_is_utf8(text);
}

void fuzz_check_error(const struct sp_error *err, int rc, const char *secret)
{
    HOLDS(rc < 0);
    HOLDS(err->code == rc);
    HOLDS(rc != SP_ERR_INTERNAL);
    HOLDS(memchr(err->message, '\0', sizeof err->message));
    HOLDS(fuzz_is_line(err->message));
    HOLDS(fuzz_is_utf8(err->remedy));
    HOLDS(!secret || !strstr(err->message, secret));
}

/* ---- Inputs that are given as files ----------------------------------------- */

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0, room = 0;
    int c;

    if (!file) {
        perror(path);
        return 1;
    }
    while ((c = getc(file)) != EOF) {
        if (size == room) {
            uint8_t *grown = realloc(data, room = room ? 2 * room : 4096);

            HOLDS(grown);
            data = grown;
        }
        data[size++] = (uint8_t)c;
    }
    fclose(file);
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}

/* Weak, since a fuzzer brings its own. */
int main(int argc, char **argv) __attribute__((weak));

int main(int argc, char **argv)
{
    int rc = 0;

    for (int i = 1; i < argc; i++)
        rc |= run_file(argv[i]);
    return rc;
}
