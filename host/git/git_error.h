/* git_error.h - how a call of git failed, in the terms of the contract
 *
 * Git tells of failures in words only. Those words are matched in one file, and what they mean
 * gets the code that REST has for the same.
 */
#ifndef SH_GIT_ERROR_H
#define SH_GIT_ERROR_H

#include "source_provider_host.h"

/* Fills err for an answer that no git of ours gives, and returns its code. */
int sh_git_not_understood(struct sp_error *err);

/* Takes back an error that has turned out to be none. */
void sh_git_forgive(struct sp_error *err);

/* Explains a git that ended with `status` and wrote `words` on its standard error.  The
 * secrets of `remote` (NULL: nobody was talked to) are wiped out of `words`, and what git
 * says of them is in no message.  Returns the code. */
int sh_git_explain(int status, char *words, const struct sp_git_remote *remote,
                   struct sp_error *err);

#endif
