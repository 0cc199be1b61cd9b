/* git_remote.h - what a host needs to mirror a repository
 *
 * The host talks Git, not we: it gets the URL and the login, and both only for the configured
 * server.
 */
#ifndef BB_GIT_REMOTE_H
#define BB_GIT_REMOTE_H

#include "resource.h"
#include "source_provider.h"

/* How the ERR line begins by which Bitbucket tells Git of a CAPTCHA (reported of real servers).
 * Elsewhere the word may be a branch's name. */
#define BB_GIT_SAYS_CAPTCHA "CAPTCHA"

/* Hands the remote to sink->git_remote, with what it takes to reach it: the same login,
 * authorities, client certificate and proxy that our own requests use.  Git's login counts
 * like one of ours: it takes a place at the gate, and its refusal closes it. */
int bb_send_git_remote(struct bb_call *, const struct bb_repository *, struct sp_error *);

#endif
