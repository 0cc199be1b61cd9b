/* kit.h - what all checks of source-provider-check work with
 *
 * A check gets the kit, tries something of the provider, and says by kit_fault what is wrong.
 * It knows no product: of a provider there is the module, of the server the connection file.
 */
#ifndef KIT_H
#define KIT_H

#include "board.h"
#include "secrets.h"

#include <source_provider_host.h>

#include <pthread.h>
#include <stdbool.h>

enum {
    KIT_STOP = SP_ERR_HOST - 7, /* by which callbacks of ours end a call */
    KIT_WAIT_MS = 2000,         /* a second until it asks, another to clear up */
    KIT_SHOWN_MAX = 8,
    KIT_UNKNOWN_ID = 0x7fffffff - 12 /* of a repository that nobody has */
};

/* Ours, as host. */
struct kit_host {
    struct sp_host sp;
    pthread_mutex_t lock;
    int seats;      /* requests with credentials under way */
    bool stall;     /* no seat is given */
    bool refuse;    /* the login is known to be refused */
    unsigned asked; /* for a seat */
};

/* An organization or a repository of a listing. */
struct kit_row {
    int64_t id, organization_id;
    char *path;
    bool importable;
};

struct kit_rows {
    struct kit_row *row;
    size_t n;
};

/* A pull request as it was stored. */
struct kit_set {
    int64_t number, updated_ms;
    uint64_t digest; /* of all that was sent of it */
    char *revision;
    bool open;
    bool fresh; /* stored since the beginning of an import that was interrupted */
};

/* What a host would keep of one repository. */
struct kit_store {
    struct kit_set *set;
    size_t n;
    char *cursor;
};

struct kit {
    struct kit_board *board;
    const char *module;         /* its file */
    const char *wanted;         /* path of the repository to import, or NULL */
    struct sp_modules *modules; /* that one alone */
    const struct source_provider *provider;
    struct source_provider relay; /* as provider, but that configure is given `given` */
    struct sp_connection_file *file;
    struct sp_values *values;
    struct sp_pair *pair; /* of the file, with secrets that stand elsewhere */
    size_t n_pairs;
    const struct sp_pair *given;
    size_t n_given;
    struct kit_secrets secrets;
    char shown[KIT_SHOWN_MAX][160]; /* where one was found; told by the check of secrets */
    unsigned n_shown;
    struct kit_host host;
    struct kit_rows organizations, repositories;
    const struct kit_row *repository; /* the one that is imported, or NULL */
    struct kit_store whole;           /* of it */
    size_t n_cursors, n_rows;         /* of sets, that its import brought */
};

/* Says what is wrong: the check that runs has failed. */
#define kit_fault(kit, ...) kit_board_note((kit)->board, KIT_FAILED, __VA_ARGS__)
/* Why the check that runs cannot be tried. */
#define kit_skip(kit, ...) kit_board_note((kit)->board, KIT_SKIPPED, __VA_ARGS__)
/* What is worth to be known beside the outcome. */
#define kit_tell(kit, ...) kit_board_note((kit)->board, KIT_PASSED, __VA_ARGS__)

/* ---- subject.c: the module and its connection -------------------------------- */

/* A folder with one module alone, whatever else is beside it where it stands.  It is made and
 * removed by the process that outlives the module. */
struct kit_folder {
    char path[400], link[420];
};
int kit_folder_make(struct kit_folder *, const char *module);
void kit_folder_remove(const struct kit_folder *);
/* Reads the file and checks it as every host does; tells problems on stderr. */
int kit_read(struct kit *, const char *config);
const struct sp_setting *kit_setting(const struct kit *, size_t n);
/* A connection with these settings, or those of the file when pairs is NULL. */
int kit_open(struct kit *, const struct sp_pair *pairs, size_t n, struct sp_connection **ret,
             struct sp_error *);
/* A connection with the settings of the file; NULL after a fault. */
struct sp_connection *kit_connect(struct kit *);
/* A copy of the file's pairs with one of them replaced or added, or left out where value is
 * NULL. The caller frees the array alone. */
struct sp_pair *kit_pairs_with(const struct kit *, const char *key, const char *value,
                               size_t *ret_n);
void kit_subject_clear(struct kit *);

/* ---- host.c ------------------------------------------------------------------ */

void kit_host_init(struct kit *);
/* Once no call is under way: none may have kept a seat, which others of the account wait for.
 */
void kit_host_check_seats(struct kit *);
/* Looks at one text that came from the provider: UTF-8, and no secret.  NULL is none. */
void kit_look(struct kit *, const char *where, const char *text);
void kit_look_at_error(struct kit *, const char *where, const struct sp_error *);
int64_t kit_now_ms(void);

/* ---- rows.c: what is kept of a listing and of an import ------------------------ */

void kit_rows_add(struct kit_rows *, int64_t id, int64_t organization_id, const char *path,
                  bool importable);
const struct kit_row *kit_rows_find(const struct kit_rows *, int64_t id);
void kit_rows_clear(struct kit_rows *);

/* Takes over the set, its revision included. */
void kit_store_put(struct kit_store *, const struct kit_set *);
const struct kit_set *kit_store_find(const struct kit_store *, int64_t number);
void kit_store_copy(struct kit_store *, const struct kit_store *);
/* How many sets of one are missing in or different from the other. */
size_t kit_store_differences(const struct kit_store *, const struct kit_store *,
                             int64_t *ret_number);
void kit_store_clear(struct kit_store *);
/* Like malloc's, but ends the kit when there is no memory. */
void *kit_grow(void *, size_t n, size_t size);
char *kit_strdup(const char *);

/* ---- The checks, in their order ------------------------------------------------ */

void kit_check_descriptor(struct kit *);
void kit_check_settings(struct kit *);
void kit_check_configure(struct kit *);
void kit_check_quiet(struct kit *);
void kit_check_listing(struct kit *);
void kit_check_sets(struct kit *);
void kit_check_revisions(struct kit *);
void kit_check_resume(struct kit *);
void kit_check_part(struct kit *);
void kit_check_health(struct kit *);
void kit_check_bad_news(struct kit *);
void kit_check_cancel(struct kit *);
void kit_check_endings(struct kit *);
void kit_check_deaf_host(struct kit *);
void kit_check_threads(struct kit *);
void kit_check_leaks(struct kit *);
void kit_check_secrets(struct kit *);

#endif
