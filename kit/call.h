/* call.h - one call of the provider, with a host that notes what it sends
 *
 * What is wrong with a record by itself is told at once, as a fault of the check that runs.
 */
#ifndef KIT_CALL_H
#define KIT_CALL_H

#include "kit.h"

/* Where in a call something happens. */
enum kit_place {
    KIT_NOWHERE,
    KIT_ANY,     /* each callback whose answer can end the call */
    KIT_ROW,     /* each organization and repository */
    KIT_IN_SET,  /* each commit and activity */
    KIT_SET_END, /* each pull request, when it was stored */
    KIT_CURSOR,
    KIT_PLACES
};

struct kit_moment {
    enum kit_place place;
    unsigned n; /* the n-th time, from 1 */
};

struct kit_call {
    struct kit *kit;
    struct sp_sink sink;

    /* What this host does, set before the call */
    struct kit_moment stop;    /* answers with KIT_STOP there */
    struct kit_moment cancel;  /* says from there on that it is cancelled; KIT_NOWHERE with 1:
                                  from the beginning */
    int64_t cancel_after_ms;   /* or after so long; 0: not */
    bool leave_all;            /* says of each pull request that another import has it */
    const char *held_revision; /* said of each pull request instead of what is held, or NULL */
    struct kit_store *store;   /* of an import; NULL: it holds nothing and keeps nothing */

    /* What came of it */
    int rc;
    struct sp_error err;
    unsigned count[KIT_PLACES];
    unsigned n_asked;  /* whether it is cancelled */
    int64_t told_ms;   /* when it was told first that it is; 0: never */
    int64_t wanted_ms; /* since when it is; 0: it is not */
    int64_t ended_ms;
    unsigned n_remotes, n_sets, n_gone, n_complete;
    struct kit_rows organizations, repositories;
    struct kit_rows checks; /* path: the check's id, id: its status */
    uint64_t digest;        /* of a listing, whatever its order */

    /* While it runs */
    pthread_t thread;
    bool running, stopped;
    struct kit_rows asked; /* numbers whose revision was asked for */
    struct kit_rows begun, ended;
    int64_t open; /* number of the set under way */
    uint64_t set_digest;
    struct kit_rows activities, comments, parents; /* of the set */
};

void kit_call_init(struct kit_call *, struct kit *);
void kit_call_clear(struct kit_call *);

int kit_call_enumerate(struct kit_call *, struct sp_connection *);
int kit_call_health(struct kit_call *, struct sp_connection *);
/* The repository of the kit, from the store's cursor on. */
int kit_call_import(struct kit_call *, struct sp_connection *, uint64_t flags);

/* moment.c */
void kit_call_check_thread(struct kit_call *, const char *callback);
/* Each callback begins so: 0, or by what it ends the call.  It is one of KIT_ANY and of
 * `place`. */
int kit_call_enter(struct kit_call *, const char *callback, enum kit_place place);

/* Adds a member to a digest. */
uint64_t kit_digest_text(uint64_t digest, const char *text);
uint64_t kit_digest_number(uint64_t digest, int64_t number);

/* call_import.c */
void kit_call_import_init(struct kit_call *);

#endif
