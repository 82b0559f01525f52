/* What belongs to a bundle: the files that are flashed, and how their paths may be written. */
#ifndef EE_CONTENTS_H
#define EE_CONTENTS_H

#include "folder.h"

#include <stddef.h>

#define EE_PART ".part" /* behind the name of a file that is not whole yet */

enum { EE_LONGEST_PATH = 250 };

/* A file that a bundle is to have. */
struct ee_named {
    char path[EE_PATH_SIZE];
    uint32_t size;
    uint8_t sha256[EE_SHA256_SIZE];
};

/* All of them that were named. */
struct ee_names {
    struct ee_named *files;
    size_t count;
};

/* Returns the file of a path, or NULL. */
struct ee_named *ee_names_find(const struct ee_names *names, const char *path);

/* Refuses a path that could lead out of a folder, or that not every device can write. */
bool ee_check_path(const char *path, struct ee_error *error);

/* Tells whether a path is that of a calibration: `calibration/BOARD.json`. */
bool ee_is_calibration(const char *path);

/* Refuses names that are not the files of the bundle in a folder, all of them and no others. */
bool ee_check_contents(const char *folder, const struct ee_names *names, struct ee_error *error);

#endif
