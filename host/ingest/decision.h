/* decision.h - whether a repository is to be imported, and because of what
 *
 * Asked by everything that selects, shows or explains.  In this order the first that says
 * something decides: the connection file's [import] (a repository that it names; exclude; the
 * kinds that it leaves out; auto_import), then what was chosen by command.  What the file
 * decides is fixed: no command changes it.
 */
#ifndef SH_DECISION_H
#define SH_DECISION_H

#include "source_provider_host.h"
#include "store/catalog.h"

/* A repository whose Git held nothing is looked at again after so long. */
#define SH_EMPTY_MS (INT64_C(24) * 60 * 60 * 1000)

struct sh_decision {
    bool is_wanted;               /* it is to be imported and kept up to date */
    bool is_excluded;             /* the file keeps it out */
    const char *rule;             /* a key of [import], or a command, or none, unlisted, kept */
    const struct sp_entry *entry; /* of the file, fixed; NULL: the file does not say */
    int64_t ms;                   /* when the command was given; 0: it was none */
};

/* Nothing but the row, the file and the time decide. */
struct sh_decision sh_decide(const struct sp_connection_file *,
                             const struct sh_repository_row *, int64_t now_ms);

/* Whether the file can decide on repositories of which the store has nothing: where it cannot,
 * those that sh_catalog_chosen gives are all that can be wanted, or have been excluded. */
bool sh_decides_by_file(const struct sp_connection_file *);

/* Whether auto-import is on for an organization. */
struct sh_decision sh_decide_auto_import(const struct sp_connection_file *,
                                         const struct sh_organization_row *);

/* Whether an entry of repositories, auto_import or exclude means a repository. */
bool sh_entry_means(const struct sp_entry *, const struct sh_repository_row *);

/* "acme.conf:14: exclude = x", of which the store keeps at most so much. */
enum { SH_PLACE_MAX = 512 };
void sh_entry_place(const struct sp_connection_file *, const struct sp_entry *, char *text,
                    size_t size);

/* Why, in words for people that end a sentence. */
void sh_decision_text(const struct sh_decision *, const struct sp_connection_file *,
                      const struct sh_repository_row *, char *text, size_t size);

#endif
