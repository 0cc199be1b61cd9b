/* listener.h - where the page is served, by which names, and whether with TLS
 *
 * Loopback needs nothing.  Beyond it the login must not go over the wire in the open: TLS here,
 * or at a proxy that the operator names.
 */
#ifndef SH_LISTENER_H
#define SH_LISTENER_H

#include "source_provider.h"

#include <netinet/in.h>
#include <openssl/x509.h>
#include <stdbool.h>

/* What the command line says; NULL: not given. */
struct sh_listen {
    const char *at; /* ADDR:PORT */
    const char *tls_cert, *tls_key;
    const char *proxy; /* the name by which people reach the proxy before us */
};

struct sh_listener {
    int socket;
    char place[INET6_ADDRSTRLEN + 16]; /* "127.0.0.1:7300", "[::1]:7300": as it came to be */
    unsigned port;
    bool is_loopback;
    bool is_secure;    /* people come over TLS, ours or the proxy's */
    const char *proxy; /* borrowed */
    char *cert, *key;  /* PEM; NULL: no TLS here */
    X509 *x509;        /* of cert: which names it is good for */
};

/* Reads the files and opens the socket.  SP_ERR_INVALID: the words of the command line make no
 * sense, or are not safe, and the message says why. */
int sh_listener_open(struct sh_listener *, const struct sh_listen *, struct sp_error *);
/* The key is not needed any more once it is in use. */
void sh_listener_forget_key(struct sh_listener *);
void sh_listener_close(struct sh_listener *);

/* Whether a Host header names us.  What it is not is asked by a page of somebody else's whose
 * name was made to lead here (DNS rebinding).  `local`: the address that was reached. */
bool sh_listener_is_host(const struct sh_listener *, const char *host,
                         const struct sockaddr_storage *local);

/* "http://127.0.0.1:7300": where people find it; at most 300 bytes. */
void sh_listener_url(const struct sh_listener *, char *url, size_t size);

#endif
