/* The files of a slot, and what they are by our own count. */
#ifndef EE_FOLDER_H
#define EE_FOLDER_H

#include "error.h"
#include "sha256.h"

#include <sys/stat.h>

enum {
    EE_ROOT_SIZE = 400, /* of the path of all slots, with its 0: it stands in what is refused */
    EE_SLOT_SIZE = EE_ROOT_SIZE + 2,
    EE_PATH_SIZE = 256, /* of a file's path within a slot, with its 0 */
};

/* Where a file lies. */
struct ee_place {
    char at[EE_SLOT_SIZE + 1 + EE_PATH_SIZE + 8];
};

/* Returns the place of a path within a folder; `more` stands behind its name. */
struct ee_place ee_place_of(const char *folder, const char *path, const char *more);

/* What is done with all that is in a folder. Each returns false to stop there. */
struct ee_visitor {
    void *context;
    /* With everything but folders; what a link leads to is not visited. */
    bool (*thing)(void *context, const char *path, const char *place, const struct stat *found);
    /* With a folder, after what is in it; the first folder's path is empty. May be NULL. */
    bool (*folder)(void *context, const char *path, const char *place);
};

/* Visits all that is in a folder, sorted, folders last. False: it was stopped. */
bool ee_walk(const char *folder, const struct ee_visitor *visitor);

/* Finds the SHA-256 of a plain file. False: it cannot be read. */
bool ee_digest(const char *place, uint8_t sha256[EE_SHA256_SIZE]);

/* Tells whether a plain file is there, and no link or folder. */
bool ee_is_plain(const char *place, struct stat *found);

/* Waits until a file, or the names in a folder, are on the disk. False: they will not be. */
bool ee_sync(const char *place);

/* Makes the folders above a path within a folder; those that are there stay. */
bool ee_make_folders(const char *folder, const char *path);

/* Says what the disk did not do, from `errno`; returns false. */
bool ee_disk_fails(struct ee_error *error);

#endif
