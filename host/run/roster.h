/* roster.h - the connections in force while `run` goes on, kept in step with their files
 *
 * A file that changes takes the place of the one before at once: what is under way with other
 * settings asks for nothing more, and is begun again.  A file that breaks does not: what was
 * read last stays in force, and the store says so.
 */
#ifndef SH_ROSTER_H
#define SH_ROSTER_H

#include "connections.h"

enum { SH_WORKS_MAX = 32 };

/* What is not to be begun now: the listing (0) or a repository. */
struct sh_hold {
    int64_t repository_id;
    int64_t until_ticks; /* 0: it is under way here; else it rests until then */
};

/* A connection as it was read once, without errors; each work keeps the one that it was begun
 * with, also when another has taken its place. */
struct sh_instance {
    struct sh_connection connection;
    size_t n_users; /* the member, and works */
};
/* One user less: the last clears and frees it.  Takes NULL, too. */
void sh_instance_leave(struct sh_instance *);

struct sh_member {
    char *name;
    struct sh_instance *instance;      /* in force; NULL where none ever was */
    struct sp_connection_file *broken; /* as read last, where that has errors; or NULL */
    bool is_broken;                    /* what was read last has errors */
    int64_t stamp;                     /* of the files that were read last */
    bool is_changed;                   /* so it is to be tried, and was not yet */
    bool is_there;                     /* has a file; without one it ends when its work does */

    struct sh_hold hold[SH_WORKS_MAX];
    size_t n_holds, n_working; /* all, and those under way here */
    bool is_helping;           /* one of these is an import that is another worker's */
    bool may_import;           /* in this turn: its connection works */

    bool is_blocked;     /* its login is refused: told */
    int64_t asked_ticks; /* when that was asked last */
};

struct sh_roster {
    struct sh_member **list;
    size_t n;
};

/* Reads what is new or has changed, or everything when `all`. */
int sh_roster_refresh(struct sh_roster *, struct sh_host *, bool all, struct sp_error *);
void sh_roster_clear(struct sh_roster *);

#endif
