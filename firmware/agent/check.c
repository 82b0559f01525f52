#include "check.h"

#include "bundle.h"
#include "manifest.h"

#include <stdlib.h>
#include <string.h>

/* Reads a manifest: what it was converted for, and the bundle's identity. */
static bool read_manifest(const char *folder, char target[64], uint8_t identity[EE_SHA256_SIZE],
                          struct ee_error *error)
{
    struct ee_sealed manifest;
    if (!ee_sealed_open(&manifest, folder, "manifest.json", "BundleError", error)) {
        return false;
    }
    struct ee_bundle *bundle = calloc(1, sizeof *bundle);
    const bool right = bundle != NULL && ee_manifest_identity(manifest.nodes, identity) &&
                       ee_manifest_read(bundle, manifest.nodes) &&
                       ee_json_copy(ee_json_member(manifest.nodes, "target"), target, 64);
    ee_sealed_close(&manifest);
    free(bundle);
    return right || ee_fail(error, "BundleError", "update this agent, if the bundle is newer",
                            "%s/manifest.json: is not right", folder);
}

bool ee_identity_in(const char *folder, uint8_t identity[EE_SHA256_SIZE])
{
    char target[64];
    struct ee_error error;
    return read_manifest(folder, target, identity, &error);
}

bool ee_check_manifest(const char *folder, const struct ee_board *board, struct ee_error *error)
{
    char target[64];
    uint8_t identity[EE_SHA256_SIZE];
    if (!read_manifest(folder, target, identity, error)) {
        return false;
    }
    return strcmp(target, board->target) == 0 ||
           ee_fail(error, "WrongBoardError", "eedge convert CHECKPOINT --board BOARD",
                   "the bundle was converted for %s, but board '%s' runs %s", target, board->name,
                   board->target);
}

bool ee_check_bundle(const char *folder, const struct ee_board *board,
                     const struct ee_trust *trust, bool verify, uint8_t identity[EE_SHA256_SIZE],
                     struct ee_error *error)
{
    if (!ee_check_signature(folder, trust, error) || !ee_check_manifest(folder, board, error)) {
        return false;
    }
    struct ee_bundle *bundle = malloc(sizeof *bundle);
    if (bundle == NULL) {
        return ee_fail(error, "BundleError", NULL, "there is no memory for the bundle");
    }
    const bool opened = ee_bundle_open(bundle, folder, board->name, verify, error);
    const bool calibrated = opened && bundle->point_count > 0;
    if (opened) {
        memcpy(identity, bundle->identity, EE_SHA256_SIZE);
        ee_bundle_close(bundle);
    }
    free(bundle);
    return calibrated || (opened && ee_fail(error, "CalibrationError",
                                            "eedge calibrate BUNDLE --board BOARD --data MANIFEST",
                                            "%s: is not calibrated for board '%s'", folder,
                                            board->name));
}
