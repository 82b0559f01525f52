/* Signatures of ed25519 (RFC 8032), checked by a library of the system's: OpenSSL 1.1.1 or newer,
 * BoringSSL (Android's) or libsodium, whichever there is. */
#ifndef EE_ED25519_H
#define EE_ED25519_H

#include "error.h"

#include <stddef.h>
#include <stdint.h>

enum { EE_KEY_SIZE = 32, EE_SIGNATURE_SIZE = 64 };

struct ee_ed25519;

/* NULL: there is no such library. */
struct ee_ed25519 *ee_ed25519_open(struct ee_error *error);
void ee_ed25519_close(struct ee_ed25519 *checker);

/* Tells whether a signature is of this text and by this public key. */
bool ee_ed25519_holds(const struct ee_ed25519 *checker, const uint8_t signature[EE_SIGNATURE_SIZE],
                      const uint8_t *text, size_t size, const uint8_t key[EE_KEY_SIZE]);

#endif
