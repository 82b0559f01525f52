/* `manifest.json`: what of it is needed here. */
#ifndef EE_MANIFEST_H
#define EE_MANIFEST_H

#include "bundle.h"

/* A file as the manifest has it. */
struct ee_manifest_file {
    char name[EE_NAME_SIZE];
    uint32_t size;
    char sha256[2 * EE_SHA256_SIZE + 1]; /* in hexadecimal */
};

/* Reads a file's entry. False: it is none, or its name leads out of the bundle's folder. */
bool ee_manifest_file(const struct ee_json_node *entry, struct ee_manifest_file *file);

/* Finds the bundle's identity: SHA-256 over the names and hashes of all its files. False: there is an
 * entry that is none. */
bool ee_manifest_identity(const struct ee_json_node *manifest, uint8_t identity[EE_SHA256_SIZE]);

/* Copies the name of a file that the manifest has an entry for. */
bool ee_manifest_name(const struct ee_json_node *files, const struct ee_json_node *node,
                      char name[EE_NAME_SIZE]);

/* Reads what the encoder is and which files it has. False: it contradicts itself, or is of a newer
 * format. */
bool ee_manifest_read(struct ee_bundle *bundle, const struct ee_json_node *manifest);

#endif
