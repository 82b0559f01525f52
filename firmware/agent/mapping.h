/* A file's content, mapped into memory. */
#ifndef EE_MAPPING_H
#define EE_MAPPING_H

#include "error.h"

#include <stddef.h>
#include <stdint.h>

/* Changes to the bytes stay in memory and cost a copy of their page. */
struct ee_mapping {
    uint8_t *bytes;
    size_t size;
};

/* Maps the file `name` of a folder. False: it cannot be read; `error` says so. */
bool ee_map_file(struct ee_mapping *file, const char *folder, const char *name,
                 struct ee_error *error);
void ee_unmap_file(struct ee_mapping *file);

#endif
