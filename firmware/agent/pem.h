/* A public key of ed25519 in a PEM file (RFC 7468, 8410). */
#ifndef EE_PEM_H
#define EE_PEM_H

#include "ed25519.h"

/* Reads a key. False: it cannot be read, or is none. */
bool ee_read_key(const char *path, uint8_t key[EE_KEY_SIZE], struct ee_error *error);

#endif
