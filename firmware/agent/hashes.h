/* SHA-256 of files, kept for as long as a file's inode, size and time are the same. */
#ifndef EE_HASHES_H
#define EE_HASHES_H

#include "folder.h"

enum { EE_HASHES_KEPT = 2000 };

struct ee_hashes {
    size_t count;
    struct ee_known_hash {
        dev_t device;
        ino_t inode;
        off_t size;
        struct timespec time;
        uint8_t sha256[EE_SHA256_SIZE];
    } known[EE_HASHES_KEPT];
};

/* Returns the hash of a file of which this was found, or NULL if it cannot be read; it holds until
 * the next call. */
const uint8_t *ee_hash_of(struct ee_hashes *hashes, const char *place, const struct stat *found);

#endif
