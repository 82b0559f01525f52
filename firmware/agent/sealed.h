/* JSON files that carry the SHA-256 of their own content, as `edge/sealed.py` writes them. */
#ifndef EE_SEALED_H
#define EE_SEALED_H

#include "error.h"
#include "json.h"

/* A file that was read; what its nodes point to holds until it is closed. */
struct ee_sealed {
    char *text;
    struct ee_json_node *nodes; /* the first is the whole */
};

/* Reads a file and checks its seal; `kind` is the error's. */
bool ee_sealed_open(struct ee_sealed *sealed, const char *folder, const char *name,
                    const char *kind, struct ee_error *error);

/* Reads a file that has no seal, as it vouches for itself. */
bool ee_unsealed_open(struct ee_sealed *sealed, const char *folder, const char *name,
                      const char *kind, struct ee_error *error);

void ee_sealed_close(struct ee_sealed *sealed);

#endif
