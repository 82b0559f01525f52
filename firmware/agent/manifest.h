/* `manifest.json`: what of it is needed here. */
#ifndef EE_MANIFEST_H
#define EE_MANIFEST_H

#include "bundle.h"

/* Copies the name of a file that the manifest has an entry for. */
bool ee_manifest_name(const struct ee_json_node *files, const struct ee_json_node *node,
                      char name[EE_NAME_SIZE]);

/* Reads what the encoder is and which files it has. False: it contradicts itself, or is of a newer
 * format. */
bool ee_manifest_read(struct ee_bundle *bundle, const struct ee_json_node *manifest);

#endif
