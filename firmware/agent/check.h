/* What a bundle must be before a device runs it. */
#ifndef EE_CHECK_H
#define EE_CHECK_H

#include "boards.h"
#include "error.h"
#include "sha256.h"
#include "trust.h"

/* Finds the identity of the bundle in a folder, by its manifest alone. False: it has none that holds. */
bool ee_identity_in(const char *folder, uint8_t identity[EE_SHA256_SIZE]);

/* Refuses a manifest that is not right, or of a bundle for another kind of processor. */
bool ee_check_manifest(const char *folder, const struct ee_board *board, struct ee_error *error);

/* Refuses a bundle that is not signed by whom the device trusts (NULL: it trusts everyone), that is
 * damaged, or that a device of that board may not run; finds its identity. `verify` compares the
 * hashes of its files: leave it out only where that was done just before. */
bool ee_check_bundle(const char *folder, const struct ee_board *board,
                     const struct ee_trust *trust, bool verify, uint8_t identity[EE_SHA256_SIZE],
                     struct ee_error *error);

#endif
