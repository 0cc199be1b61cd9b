/* listener.c - see listener.h */
#include "web/listener.h"

#include "source_provider_host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BACKLOG = 128,
    PEM_MAX = 256 * 1024,
    KERNEL_MAX = 128 * 1024 /* bytes of an answer that the kernel keeps for who does not read */
};

/* ---- The address ----------------------------------------------------------- */

/* "127.0.0.1:7300", "[::1]:7300", "localhost:7300". */
static int split(const char *at, char *host, size_t size, const char **port,
                 struct sp_error *err)
{
    const char *colon = strrchr(at, ':');
    bool is_bracketed = at[0] == '[' && colon && colon > at + 1 && colon[-1] == ']';
    const char *begin = at + is_bracketed, *end = colon ? colon - is_bracketed : NULL;

    if (!colon || end <= begin || (size_t)(end - begin) >= size ||
        (!is_bracketed && memchr(begin, ':', (size_t)(end - begin))) ||
        strspn(colon + 1, "0123456789") != strlen(colon + 1) || !colon[1] ||
        strtoul(colon + 1, NULL, 10) > 65535)
        return sp_error_set(err, SP_ERR_INVALID,
                            "--listen %s: write ADDRESS:PORT, as 127.0.0.1:7300 or [::1]:7300",
                            at);
    snprintf(host, size, "%.*s", (int)(end - begin), begin);
    *port = colon + 1;
    if (strcasecmp(host, "localhost") == 0)
        strcpy(host, "127.0.0.1");
    return SP_OK;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)address;

        return ntohl(in->sin_addr.s_addr) >> 24 == 127;
    }
    return IN6_IS_ADDR_LOOPBACK(
        &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

static void write_place(struct sh_listener *listener)
{
    struct sockaddr_storage at = {0};
    socklen_t length = sizeof at;
    char host[INET6_ADDRSTRLEN] = "", port[16] = "";

    getsockname(listener->socket, (struct sockaddr *)&at, &length);
    getnameinfo((struct sockaddr *)&at, length, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    listener->port = (unsigned)strtoul(port, NULL, 10);
    snprintf(listener->place, sizeof listener->place,
             at.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

static int check_safe(const struct sh_listener *listener, const struct sh_listen *options,
                      struct sp_error *err)
{
    if (!options->tls_cert != !options->tls_key)
        return sp_error_set(err, SP_ERR_INVALID,
                            "--tls-cert and --tls-key belong together; give both");
    if (options->proxy && (!*options->proxy || strpbrk(options->proxy, "/ \t@")))
        return sp_error_set(err, SP_ERR_INVALID,
                            "--behind-proxy takes the name by which people reach the proxy, as "
                            "flow.example.com");
    if (listener->is_loopback || options->tls_cert || options->proxy)
        return SP_OK;
    return sp_error_set(err, SP_ERR_INVALID,
                        "--listen %s is reached from other machines, to which a login must not "
                        "go in the open: give --tls-cert FILE and --tls-key FILE, or "
                        "--behind-proxy NAME where a proxy does TLS, or listen at 127.0.0.1",
                        options->at);
}

static int open_socket(struct sh_listener *listener, const struct sh_listen *options,
                       const struct addrinfo *at, struct sp_error *err)
{
    int on = 1, most = KERNEL_MAX, rc;

    listener->is_loopback = is_loopback(at->ai_addr);
    rc = check_safe(listener, options, err);
    if (rc)
        return rc;
    listener->socket = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->socket < 0 ||
        setsockopt(listener->socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        setsockopt(listener->socket, SOL_SOCKET, SO_SNDBUF, &most, sizeof most) ||
        bind(listener->socket, at->ai_addr, at->ai_addrlen) ||
        listen(listener->socket, BACKLOG))
        return sp_error_set(err, SP_ERR_HOST, "--listen %s: %s", options->at, strerror(errno));
    write_place(listener);
    return SP_OK;
}

/* ---- TLS ------------------------------------------------------------------- */

static int read_pem(const char *option, const char *path, char **ret, struct sp_error *err)
{
    FILE *file = fopen(path, "re");
    char *text = file ? calloc(1, PEM_MAX + 1) : NULL;
    size_t n = 0;

    if (file)
        setvbuf(file, NULL, _IONBF, 0); /* no copy of a key in a buffer of stdio */
    if (text)
        n = fread(text, 1, PEM_MAX, file);
    if (file && ferror(file))
        n = 0;
    if (n == 0)
        sp_error_set(err, SP_ERR_INVALID, "%s %s: %s", option, path,
                     errno ? strerror(errno) : "it is empty");
    if (file)
        fclose(file);
    *ret = text;
    return n ? SP_OK : SP_ERR_INVALID;
}

static int read_tls(struct sh_listener *listener, const struct sh_listen *options,
                    struct sp_error *err)
{
    BIO *text;
    int rc = read_pem("--tls-cert", options->tls_cert, &listener->cert, err);

    if (!rc)
        rc = read_pem("--tls-key", options->tls_key, &listener->key, err);
    if (rc)
        return rc;
    text = BIO_new_mem_buf(listener->cert, -1);
    listener->x509 = text ? PEM_read_bio_X509(text, NULL, NULL, NULL) : NULL;
    BIO_free(text);
    return listener->x509 ? SP_OK
                          : sp_error_set(err, SP_ERR_INVALID,
                                         "--tls-cert %s: it holds no certificate as PEM",
                                         options->tls_cert);
}

int sh_listener_open(struct sh_listener *listener, const struct sh_listen *options,
                     struct sp_error *err)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *at = NULL;
    char host[INET6_ADDRSTRLEN];
    const char *port = "";
    int rc;

    *listener = (struct sh_listener){.socket = -1, .proxy = options->proxy};
    errno = 0;
    rc = split(options->at, host, sizeof host, &port, err);
    if (!rc && getaddrinfo(host, port, &hints, &at))
        rc = sp_error_set(err, SP_ERR_INVALID,
                          "--listen %s: %s is no address of numbers, as 127.0.0.1", options->at,
                          host);
    if (!rc)
        rc = open_socket(listener, options, at, err);
    if (!rc && options->tls_cert)
        rc = read_tls(listener, options, err);
    listener->is_secure = options->tls_cert || options->proxy;
    if (at)
        freeaddrinfo(at);
    if (rc)
        sh_listener_close(listener);
    return rc;
}

void sh_listener_forget_key(struct sh_listener *listener)
{
    if (listener->key)
        explicit_bzero(listener->key, PEM_MAX);
    free(listener->key);
    listener->key = NULL;
}

void sh_listener_close(struct sh_listener *listener)
{
    if (listener->socket >= 0)
        close(listener->socket);
    sh_listener_forget_key(listener);
    free(listener->cert);
    X509_free(listener->x509);
    *listener = (struct sh_listener){.socket = -1};
}

/* ---- Names ----------------------------------------------------------------- */

static bool is_port(const struct sh_listener *listener, const char *port)
{
    char ours[16];

    snprintf(ours, sizeof ours, ":%u", listener->port);
    if (strcmp(port, ours) == 0)
        return true;
    return !*port && listener->port == (listener->cert ? 443 : 80);
}

/* A proxy hands the name through as people wrote it, with whatever port is its own. */
static bool is_proxy(const struct sh_listener *listener, const char *host)
{
    size_t length = listener->proxy ? strlen(listener->proxy) : 0;

    return length && strncasecmp(host, listener->proxy, length) == 0 &&
           (!host[length] || (host[length] == ':' && strspn(host + length + 1, "0123456789") ==
                                                         strlen(host + length + 1)));
}

static bool is_certified(const struct sh_listener *listener, const char *name)
{
    return listener->x509 && (X509_check_host(listener->x509, name, 0, 0, NULL) == 1 ||
                              X509_check_ip_asc(listener->x509, name, 0) == 1);
}

static bool is_address(const char *name, const struct sockaddr_storage *local)
{
    char ours[INET6_ADDRSTRLEN] = "";

    getnameinfo((const struct sockaddr *)local, sizeof *local, ours, sizeof ours, NULL, 0,
                NI_NUMERICHOST);
    return *ours && strcasecmp(name, ours) == 0;
}

bool sh_listener_is_host(const struct sh_listener *listener, const char *host,
                         const struct sockaddr_storage *local)
{
    char name[256];
    bool is_bracketed = host[0] == '[';
    const char *end = is_bracketed ? strchr(host, ']') : strchrnul(host, ':');

    if (is_proxy(listener, host))
        return true;
    if (!end || (size_t)(end - host) >= sizeof name || !is_port(listener, end + is_bracketed))
        return false;
    snprintf(name, sizeof name, "%.*s", (int)(end - host - is_bracketed), host + is_bracketed);
    if (is_address(name, local) || is_certified(listener, name))
        return true;
    return is_loopback((const struct sockaddr *)local) &&
           (strcasecmp(name, "localhost") == 0 || strcmp(name, "127.0.0.1") == 0 ||
            strcmp(name, "::1") == 0);
}

void sh_listener_url(const struct sh_listener *listener, char *url, size_t size)
{
    snprintf(url, size, "%s://%s", listener->is_secure ? "https" : "http",
             listener->proxy ? listener->proxy : listener->place);
}
