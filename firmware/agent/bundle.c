#include "bundle.h"

#include "calibration.h"
#include "manifest.h"
#include "mapping.h"
#include "tokens.h"
#include "utf8.h"

#include <string.h>

static const char again[] = "copy or flash the bundle again";
static const char kind[] = "BundleError";

/* Checks one file against the manifest. */
static bool check_file(const struct ee_bundle *bundle, const struct ee_json_node *entry,
                       struct ee_error *error)
{
    struct ee_manifest_file file;
    if (!ee_manifest_file(entry, &file)) {
        const size_t size = ee_utf8_fitting(entry->name, entry->name_size, EE_NAME_SIZE);
        return ee_fail(error, kind, again, "%s/manifest.json: '%.*s' is no file's entry",
                       bundle->path, (int)size, entry->name);
    }
    struct ee_mapping mapping;
    if (!ee_map_file(&mapping, bundle->path, file.name, error)) {
        return false;
    }
    const size_t found = mapping.size;
    uint8_t digest[EE_SHA256_SIZE];
    char spelled[2 * EE_SHA256_SIZE + 1];
    struct ee_sha256 hash;
    ee_sha256_begin(&hash);
    if (found == file.size) { /* a difference in size is seen without reading the file */
        ee_sha256_take(&hash, mapping.bytes, mapping.size);
    }
    ee_sha256_end(&hash, digest);
    ee_sha256_spell(digest, spelled);
    ee_unmap_file(&mapping);
    if (found != file.size) {
        return ee_fail(error, kind, again, "%s/%s: has %zu bytes instead of %lu", bundle->path,
                       file.name, found, (unsigned long)file.size);
    }
    if (strcmp(file.sha256, spelled) != 0) {
        return ee_fail(error, kind, again,
                       "%s/%s: was changed: its SHA-256 is not the manifest's", bundle->path,
                       file.name);
    }
    return true;
}

/* Finds the bundle's identity, and checks its files if that is asked for. */
static bool check_files(struct ee_bundle *bundle, const struct ee_json_node *manifest, bool verify,
                        struct ee_error *error)
{
    const struct ee_json_node *files = ee_json_member(manifest, "files");
    if (files == NULL || files->type != EE_JSON_OBJECT) {
        return ee_fail(error, kind, again, "%s/manifest.json: names no files", bundle->path);
    }
    for (const struct ee_json_node *entry = files->first; verify && entry; entry = entry->next) {
        if (!check_file(bundle, entry, error)) {
            return false;
        }
    }
    return ee_manifest_identity(manifest, bundle->identity) ||
           ee_fail(error, kind, again, "%s/manifest.json: an entry is no file's", bundle->path);
}

/* Opens the table of n-grams, if the manifest names one; it stays mapped. */
static bool read_ngrams(struct ee_bundle *bundle, const struct ee_json_node *manifest,
                        struct ee_error *error)
{
    const struct ee_json_node *named = ee_json_member(manifest, "ngrams");
    char name[EE_NAME_SIZE];
    if (named == NULL || named->type == EE_JSON_NULL) {
        return true;
    }
    if (!ee_manifest_name(ee_json_member(manifest, "files"), named, name)) {
        return ee_fail(error, kind, again, "%s/manifest.json: ngrams is no file", bundle->path);
    }
    if (!ee_map_file(&bundle->ngrams_file, bundle->path, name, error)) {
        return false;
    }
    if (!ee_ngrams_open(&bundle->ngrams, bundle->ngrams_file.bytes, bundle->ngrams_file.size)) {
        return ee_fail(error, kind, again, "%s/%s: is no table of seen n-grams", bundle->path,
                       name);
    }
    return true;
}

static bool open_sealed(struct ee_bundle *bundle, const struct ee_json_node *manifest,
                        const char *board, bool verify, struct ee_error *error)
{
    char tokens[EE_NAME_SIZE];
    bundle->compiled = ee_json_member(ee_json_member(manifest, "files"), "compiled.json") != NULL;
    if (!check_files(bundle, manifest, verify, error)) {
        return false;
    }
    if (!ee_manifest_read(bundle, manifest) ||
        !ee_manifest_name(ee_json_member(manifest, "files"), ee_json_member(manifest, "tokens"),
                          tokens)) {
        return ee_fail(error, kind, "update this agent, if the bundle is newer",
                       "%s/manifest.json: is not right", bundle->path);
    }
    return ee_tokens_read(bundle, tokens, error) && read_ngrams(bundle, manifest, error) &&
           ee_calibration_read(bundle, board, error);
}

bool ee_bundle_open(struct ee_bundle *bundle, const char *path, const char *board, bool verify,
                    struct ee_error *error)
{
    *bundle = (struct ee_bundle){0};
    const size_t size = strlen(path);
    if (size >= sizeof bundle->path) {
        return ee_fail(error, kind, again, "the path of the bundle is too long");
    }
    memcpy(bundle->path, path, size);
    struct ee_sealed manifest;
    if (!ee_sealed_open(&manifest, path, "manifest.json", kind, error)) {
        return false;
    }
    const bool opened = open_sealed(bundle, manifest.nodes, board, verify, error);
    ee_sealed_close(&manifest);
    if (!opened) {
        ee_bundle_close(bundle);
    }
    return opened;
}

void ee_bundle_close(struct ee_bundle *bundle)
{
    ee_arena_free(&bundle->arena);
    if (bundle->ngrams_file.size > 0) {
        ee_unmap_file(&bundle->ngrams_file);
    }
}

const struct ee_ngrams *ee_bundle_ngrams(const struct ee_bundle *bundle)
{
    return bundle->ngrams_file.size > 0 ? &bundle->ngrams : NULL;
}

size_t ee_bundle_frames(const struct ee_bundle *bundle, size_t feature_frames)
{
    if (feature_frames < bundle->window) {
        return 0;
    }
    return (feature_frames - bundle->window) / bundle->subsampling + 1;
}

size_t ee_bundle_longest(const struct ee_bundle *bundle, size_t frames)
{
    return bundle->window + bundle->subsampling * frames - 1;
}

size_t ee_bundle_width(const struct ee_bundle *bundle)
{
    return bundle->reads_samples ? 1 : bundle->features.n_mels;
}

double ee_bundle_hop(const struct ee_bundle *bundle)
{
    return bundle->reads_samples ? 1.0 / bundle->features.sample_rate : bundle->features.hop_s;
}
