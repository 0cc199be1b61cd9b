/* workers.h - threads that list and import, each with a store of its own
 *
 * As many as there is work for, up to a maximum. A worker shares nothing with others but the
 * connection that it works for.
 */
#ifndef SH_WORKERS_H
#define SH_WORKERS_H

#include "ingest/selection.h"
#include "run/roster.h"

#include <pthread.h>

/* One piece of work: the listing of a connection, or the import of one repository. */
struct sh_work {
    struct sh_member *member;
    struct sh_instance *instance;  /* of it, as it was when this was begun */
    struct sh_selected repository; /* id 0: the listing; path and state are the work's own */
    int64_t fence, as; /* of a claim that was taken already, and as which worker; 0: none was */
    bool helps;        /* with an import that is another worker's claim */
    bool is_left; /* its thread has no store: what was claimed or joined is to be given back */
    bool rests;   /* is not begun again at once: another process does it, or nothing can be done
                     now */
};

/* What it is about, where it was claimed with the asking. */
static inline struct sh_scope sh_work_scope(const struct sh_work *work, struct sh_store *store)
{
    return (struct sh_scope){store, work->member->name, work->repository.id, work->fence,
                             work->helps ? work->as : 0};
}

struct sh_workers;

struct sh_worker {
    struct sh_workers *all;
    pthread_t thread;
    struct sh_host host;                       /* a copy, with a store of its own */
    enum { SH_IDLE, SH_BUSY, SH_READY } state; /* ready: its work is to be taken back */
    struct sh_work work;
};

struct sh_workers {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* there is work, or it ends */
    int ready;              /* an eventfd: something is done */
    struct sh_worker worker[SH_WORKS_MAX];
    size_t n; /* threads that there are */
    bool ending;
};

int sh_workers_init(struct sh_workers *);

/* Gives work to a thread that has none; false when all have.  Takes over path and state. */
bool sh_workers_give(struct sh_workers *, const struct sh_host *, const struct sh_work *);

/* Takes back what is done; false when nothing is.  The caller frees path and state. */
bool sh_workers_take_back(struct sh_workers *, struct sh_work *ret);

/* Waits until something is done, or others put something into the store, at most so long;
 * whether something is done. */
bool sh_workers_wait(struct sh_workers *, struct sh_store *, int64_t ms);

/* Ends the threads, once their work is done, which can be taken back until sh_workers_clear. */
void sh_workers_end(struct sh_workers *);
void sh_workers_clear(struct sh_workers *);

#endif
