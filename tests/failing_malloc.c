/* failing_malloc.c - see failing_malloc.h
 *
 * Preloaded, it takes its orders from FAILING_MALLOC, words such as `nth=12 forever`, and
 * reports when the program ends.
 */
#define _GNU_SOURCE 1
#include "failing_malloc.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 64, SKIPPED = 2, SHOWN = 20 };
enum { SITES = 1 << 12, BLOCKS = 1 << 16, PLACES = 1 << 13 }; /* powers of two */

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

/* Functions of libraries that end the program themselves where memory runs out, so that nothing
 * of ours can be tested there.  The parser of json-c up to 0.16 takes no notice of objects that
 * could not be made: it aborts by an assertion, or leaves them out in silence (json-c pull
 * request 759, further places in 857 and 861).  OpenSSL 3.0 goes on with tables of its library
 * context that could not be made, and reads through NULL (OPENSSL_LH_insert). */
static const char *const spared[] = {"json_tokener_parse_ex", "OPENSSL_init_crypto"};

struct site {
    uint64_t hash;
    unsigned long first, count, live;
    bool is_ours, is_spared;
    void *frame[SHOWN];
};

struct block {
    void *p; /* NULL: free */
    struct site *site;
};

/* What an address in a backtrace means. */
struct place {
    void *address;
    uint64_t token; /* the same wherever its file was loaded */
    enum { OURS, LIBC, LIBRARY } whose;
    bool is_spared;
};

static struct {
    pthread_mutex_t lock;
    bool is_on;
    struct failing orders;
    unsigned long asked, failed;
    struct site *failed_at;
    struct site site[SITES];
    struct block block[BLOCKS];
    struct place place[PLACES];
    size_t n_sites, n_blocks, n_places;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* What is asked for while we find out who asks is not seen. */
static _Thread_local bool is_inside __attribute__((tls_model("initial-exec")));

static void give_up(const char *why)
{
    is_inside = true;
    fprintf(stderr, "failing_malloc: %s\n", why);
    _Exit(124);
}

/* ---- Who asks ------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, uint64_t more)
{
    for (int i = 0; i < 8; i++, more >>= 8)
        hash = (hash ^ (more & 0xFF)) * 1099511628211u;
    return hash;
}

static struct place identify(void *address)
{
    struct place place = {.address = address, .whose = LIBRARY};
    Dl_info info;
    const char *name;

    if (!dladdr(address, &info))
        return place;
    name = strrchr(info.dli_fname, '/') ? strrchr(info.dli_fname, '/') + 1 : info.dli_fname;
    place.token = mix(0, (uintptr_t)address - (uintptr_t)info.dli_fbase);
    for (const char *c = name; *c; c++)
        place.token = mix(place.token, (unsigned char)*c);
    for (size_t i = 0; info.dli_sname && i < sizeof spared / sizeof *spared; i++)
        place.is_spared |= strcmp(info.dli_sname, spared[i]) == 0;
    if (strncmp(name, "libc.so", 7) == 0)
        place.whose = LIBC;
    else if (strncmp(info.dli_fname, "/lib", 4) != 0 &&
             strncmp(info.dli_fname, "/usr/", 5) != 0)
        place.whose = OURS;
    return place;
}

static struct place *place_slot(void *address)
{
    size_t at = mix(1, (uintptr_t)address) % PLACES;

    while (state.place[at].address && state.place[at].address != address)
        at = (at + 1) % PLACES;
    return &state.place[at];
}

/* dladdr takes the loader's lock, whose holder may wait for ours: so not under ours. */
static struct place place_of(void *address)
{
    struct place *slot, place;

    pthread_mutex_lock(&state.lock);
    place = *place_slot(address);
    pthread_mutex_unlock(&state.lock);
    if (place.address)
        return place;
    place = identify(address);
    pthread_mutex_lock(&state.lock);
    slot = place_slot(address);
    state.n_places += !slot->address;
    *slot = place;
    pthread_mutex_unlock(&state.lock);
    if (state.n_places == PLACES - 1)
        give_up("PLACES is too small");
    return place;
}

static struct site describe(void)
{
    void *frame[FRAMES];
    int n = backtrace(frame, FRAMES), found = 0;
    struct site site = {.hash = 1};
    unsigned ours = 0, depth = state.orders.depth ? state.orders.depth : FRAMES;

    for (int i = SKIPPED; i < n; i++) {
        struct place place = place_of(frame[i]);

        site.is_spared |= place.is_spared;
        if (i - SKIPPED < SHOWN)
            site.frame[i - SKIPPED] = frame[i];
        if (!found && place.whose != LIBC) {
            site.is_ours = place.whose == OURS;
            found = 1;
        }
        if (place.whose == OURS && ours++ >= depth)
            continue;
        if (place.whose == OURS || i == SKIPPED)
            site.hash = mix(site.hash, place.token);
    }
    return site;
}

/* ---- What was asked for --------------------------------------------------- */

static struct site *site_of(const struct site *found)
{
    size_t at = found->hash % SITES;

    while (state.site[at].hash && state.site[at].hash != found->hash)
        at = (at + 1) % SITES;
    if (!state.site[at].hash) {
        if (++state.n_sites == SITES)
            give_up("SITES is too small");
        state.site[at] = *found;
        state.site[at].first = state.asked;
    }
    return &state.site[at];
}

static bool must_fail(struct site *site)
{
    const struct failing *orders = &state.orders;

    site->count++;
    if (site->is_spared || (orders->ours && !site->is_ours))
        return false;
    state.asked++;
    if (state.failed)
        return orders->forever;
    return state.asked == orders->nth || (orders->site && site->hash == orders->site);
}

/* Whether an allocation may be made, and at which site; NULL: it is none of those we count. */
static __attribute__((noinline)) bool ask(struct site **ret)
{
    struct site found;
    bool fails, is_first;

    *ret = NULL;
    if (!state.is_on || is_inside)
        return true;
    is_inside = true;
    found = describe();
    pthread_mutex_lock(&state.lock);
    *ret = site_of(&found);
    fails = must_fail(*ret);
    is_first = fails && !state.failed;
    state.failed += fails;
    if (is_first)
        state.failed_at = *ret;
    pthread_mutex_unlock(&state.lock);
    if (is_first)
        failing_report(); /* should the program not come to its end */
    is_inside = false;
    if (fails)
        errno = ENOMEM;
    return !fails;
}

static size_t home_of(const void *p)
{
    return mix(2, (uintptr_t)p) % BLOCKS;
}

static size_t block_slot(const void *p)
{
    size_t at = home_of(p);

    while (state.block[at].p && state.block[at].p != p)
        at = (at + 1) % BLOCKS;
    return at;
}

static void *keep(void *p, struct site *site)
{
    if (!p || !site)
        return p;
    pthread_mutex_lock(&state.lock);
    if (++state.n_blocks == BLOCKS)
        give_up("BLOCKS is too small");
    site->live++;
    state.block[block_slot(p)] = (struct block){p, site};
    pthread_mutex_unlock(&state.lock);
    return p;
}

/* Those behind it in its row move up, so that none is looked for in vain. */
static void close_gap(size_t gap)
{
    for (size_t at = (gap + 1) % BLOCKS; state.block[at].p; at = (at + 1) % BLOCKS) {
        size_t home = home_of(state.block[at].p);

        if ((at - home) % BLOCKS < (at - gap) % BLOCKS)
            continue;
        state.block[gap] = state.block[at];
        gap = at;
    }
    state.block[gap].p = NULL;
}

/* Before it is given back: another thread may get the same address at once. */
static struct site *forget(const void *p)
{
    struct site *site = NULL;
    size_t at;

    if (!p || state.n_blocks == 0)
        return NULL;
    pthread_mutex_lock(&state.lock);
    at = block_slot(p);
    if (state.block[at].p) {
        site = state.block[at].site;
        site->live--;
        state.n_blocks--;
        close_gap(at);
    }
    pthread_mutex_unlock(&state.lock);
    return site;
}

/* ---- The family ----------------------------------------------------------- */

void *malloc(size_t size)
{
    struct site *site;

    return ask(&site) ? keep(__libc_malloc(size), site) : NULL;
}

void *calloc(size_t n, size_t size)
{
    struct site *site;

    return ask(&site) ? keep(__libc_calloc(n, size), site) : NULL;
}

void *realloc(void *old, size_t size)
{
    struct site *site, *before;
    void *p;

    if (!ask(&site))
        return NULL;
    before = forget(old);
    p = __libc_realloc(old, size);
    if (!p && size)
        keep(old, before);
    return keep(p, site);
}

void *reallocarray(void *old, size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, bytes);
}

void *memalign(size_t alignment, size_t size)
{
    struct site *site;

    return ask(&site) ? keep(__libc_memalign(alignment, size), site) : NULL;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    struct site *site;

    return ask(&site) ? keep(__libc_memalign(alignment, size), site) : NULL;
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
    struct site *site;
    void *p = ask(&site) ? keep(__libc_memalign(alignment, size), site) : NULL;

    if (!p)
        return ENOMEM;
    *ret = p;
    return 0;
}

void free(void *p)
{
    int e = errno;

    forget(p);
    __libc_free(p);
    errno = e;
}

/* ---- For tests ------------------------------------------------------------ */

void failing_begin(const struct failing *orders)
{
    void *frame[2];

    is_inside = true;
    backtrace(frame, 2); /* loads what it needs */
    is_inside = false;
    state.orders = *orders;
    state.asked = state.failed = state.n_sites = state.n_blocks = 0;
    state.failed_at = NULL;
    memset(state.site, 0, sizeof state.site);
    memset(state.block, 0, sizeof state.block);
    state.is_on = true;
}

unsigned long failing_end(void)
{
    state.is_on = false;
    return state.failed;
}

unsigned long failing_live(void)
{
    return state.n_blocks;
}

static void report_site(FILE *file, const struct site *site)
{
    fprintf(file, "%016llx %lu %lu %lu %s", (unsigned long long)site->hash, site->first,
            site->count, site->live,
            site->is_spared ? "spared"
            : site->is_ours ? "ours"
                            : "library");
    for (int i = 0; i < SHOWN && site->frame[i]; i++) {
        Dl_info info;

        if (dladdr(site->frame[i], &info))
            fprintf(file, " %s+%#tx", info.dli_fname,
                    (char *)site->frame[i] - (char *)info.dli_fbase);
    }
    fputc('\n', file);
}

void failing_report(void)
{
    const char *path = getenv("FAILING_MALLOC_REPORT");
    bool was_inside = is_inside;
    FILE *file;

    if (!path)
        return;
    is_inside = true;
    file = fopen(path, "we");
    if (!file)
        give_up("the report cannot be written");
    fprintf(file, "asked %lu failed %lu at %016llx\n", state.asked, state.failed,
            state.failed_at ? (unsigned long long)state.failed_at->hash : 0);
    for (size_t i = 0; i < SITES; i++)
        if (state.site[i].hash)
            report_site(file, &state.site[i]);
    fclose(file);
    is_inside = was_inside;
}

/* ---- Orders --------------------------------------------------------------- */

static bool take_word(const char *word, struct failing *orders)
{
    if (strncmp(word, "nth=", 4) == 0)
        orders->nth = strtoul(word + 4, NULL, 10);
    else if (strncmp(word, "site=", 5) == 0)
        orders->site = strtoull(word + 5, NULL, 16);
    else if (strncmp(word, "depth=", 6) == 0)
        orders->depth = (unsigned)strtoul(word + 6, NULL, 10);
    else if (strcmp(word, "forever") == 0)
        orders->forever = true;
    else if (strcmp(word, "ours") == 0)
        orders->ours = true;
    else
        return *word == '\0';
    return true;
}

bool failing_orders(const char *text, struct failing *ret)
{
    char words[200], *rest = words, *word;

    *ret = (struct failing){0};
    snprintf(words, sizeof words, "%s", text);
    while ((word = strsep(&rest, " ")))
        if (!take_word(word, ret))
            return false;
    return true;
}

static __attribute__((constructor)) void begin(void)
{
    const char *text = getenv("FAILING_MALLOC");
    struct failing orders;

    if (!text)
        return;
    if (!failing_orders(text, &orders))
        give_up("FAILING_MALLOC has an unknown word");
    failing_begin(&orders);
}

static __attribute__((destructor)) void end(void)
{
    failing_end();
    if (getenv("FAILING_MALLOC"))
        failing_report();
}
