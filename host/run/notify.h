/* notify.h - telling the service manager how we are (sd_notify(3): a datagram, no library)
 *
 * The protocol is older than most services and will not change; without a socket in the
 * environment nothing is sent.
 */
#ifndef SH_NOTIFY_H
#define SH_NOTIFY_H

/* Sends lines as "READY=1" to $NOTIFY_SOCKET; nothing where nobody listens. */
void sh_notify(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
