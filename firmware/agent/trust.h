/* Whom a device trusts: nothing is run that is not signed by that key. */
#ifndef EE_TRUST_H
#define EE_TRUST_H

#include "error.h"

struct ee_trust;

/* Opens a public key of ed25519 in a PEM file, as `eedge sign --new-key` writes it. NULL: it is
 * none, or there is no library that checks signatures. */
struct ee_trust *ee_trust_open(const char *path, struct ee_error *error);
void ee_trust_close(struct ee_trust *trust);

/* Refuses the bundle in a folder if its manifest and calibrations are not signed by the key, as
 * `edge/signature.py` does. Without trust there is nothing to refuse. */
bool ee_check_signature(const char *folder, const struct ee_trust *trust, struct ee_error *error);

#endif
