/* pem.h - whether a file is what TLS settings name
 *
 * Libraries of TLS tell it only when a connection is made, and some of them by not trusting
 * anybody.
 */
#ifndef SP_PEM_H
#define SP_PEM_H

/* Why the file cannot be a PEM file, or NULL. */
const char *sp_pem_fault(const char *path);

#endif
