#include "hashes.h"

const uint8_t *ee_hash_of(struct ee_hashes *hashes, const char *place, const struct stat *found)
{
    for (size_t at = 0; at < hashes->count; at++) {
        const struct ee_known_hash *known = &hashes->known[at];
        if (known->inode == found->st_ino && known->device == found->st_dev &&
            known->size == found->st_size && known->time.tv_sec == found->st_mtim.tv_sec &&
            known->time.tv_nsec == found->st_mtim.tv_nsec) {
            return known->sha256;
        }
    }
    if (hashes->count == EE_HASHES_KEPT) {
        hashes->count = 0;
    }
    struct ee_known_hash *next = &hashes->known[hashes->count];
    if (!ee_digest(place, next->sha256)) {
        return NULL;
    }
    next->device = found->st_dev;
    next->inode = found->st_ino;
    next->size = found->st_size;
    next->time = found->st_mtim;
    hashes->count++;
    return next->sha256;
}
