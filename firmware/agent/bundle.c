#include "bundle.h"

#include "calibration.h"
#include "manifest.h"
#include "mapping.h"
#include "tokens.h"

#include <string.h>

static const char again[] = "copy or flash the bundle again";
static const char kind[] = "BundleError";

/* Refuses a name that could lead out of the bundle's folder. */
static bool is_inside(const char *name)
{
    if (name[0] == '\0' || name[0] == '/' || strchr(name, '\\') != NULL) {
        return false;
    }
    while (*name != '\0') {
        const size_t size = strcspn(name, "/");
        if (size == 0 || (size == 1 && name[0] == '.') || (size == 2 && memcmp(name, "..", 2) == 0)) {
            return false;
        }
        name += size;
        name += *name == '/';
    }
    return true;
}

/* Checks one file against the manifest, and takes it into the bundle's identity. */
static bool check_file(const struct ee_bundle *bundle, const struct ee_json_node *entry,
                       struct ee_sha256 *identity, struct ee_error *error)
{
    char name[EE_NAME_SIZE];
    uint64_t size;
    if (entry->name_size >= sizeof name) {
        return ee_fail(error, kind, again, "%s: names a file too long", bundle->path);
    }
    memcpy(name, entry->name, entry->name_size);
    name[entry->name_size] = '\0';
    if (!is_inside(name) || !ee_json_count(ee_json_member(entry, "size"), UINT32_MAX, &size)) {
        return ee_fail(error, kind, again, "%s: '%s' is no file's entry", bundle->path, name);
    }
    struct ee_mapping file;
    if (!ee_map_file(&file, bundle->path, name, error)) {
        return false;
    }
    const size_t found = file.size;
    uint8_t digest[EE_SHA256_SIZE];
    char spelled[2 * EE_SHA256_SIZE + 1];
    struct ee_sha256 hash;
    ee_sha256_begin(&hash);
    if (found == size) { /* a difference in size is seen without reading the file */
        ee_sha256_take(&hash, file.bytes, file.size);
    }
    ee_sha256_end(&hash, digest);
    ee_sha256_spell(digest, spelled);
    ee_unmap_file(&file);
    if (found != size) {
        return ee_fail(error, kind, again, "%s/%s: has %zu bytes instead of %llu", bundle->path,
                       name, found, (unsigned long long)size);
    }
    if (!ee_json_is(ee_json_member(entry, "sha256"), spelled)) {
        return ee_fail(error, kind, again,
                       "%s/%s: was changed: its SHA-256 is not the manifest's", bundle->path, name);
    }
    ee_sha256_take(identity, name, strlen(name));
    ee_sha256_take(identity, " ", 1);
    ee_sha256_take(identity, spelled, strlen(spelled));
    ee_sha256_take(identity, "\n", 1);
    return true;
}

static bool check_files(struct ee_bundle *bundle, const struct ee_json_node *manifest,
                        struct ee_error *error)
{
    const struct ee_json_node *files = ee_json_member(manifest, "files");
    struct ee_sha256 identity;
    ee_sha256_begin(&identity);
    const struct ee_json_node *entry = NULL;
    while (files != NULL && (entry = ee_json_next_by_name(files, entry)) != NULL) {
        if (!check_file(bundle, entry, &identity, error)) {
            return false;
        }
    }
    ee_sha256_end(&identity, bundle->identity);
    return true;
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
                        const char *board, struct ee_error *error)
{
    char tokens[EE_NAME_SIZE];
    if (!check_files(bundle, manifest, error)) {
        return false;
    }
    if (!ee_manifest_read(bundle, manifest) ||
        !ee_manifest_name(ee_json_member(manifest, "files"), ee_json_member(manifest, "tokens"), tokens)) {
        return ee_fail(error, kind, "update this agent, if the bundle is newer",
                       "%s/manifest.json: is not right", bundle->path);
    }
    return ee_tokens_read(bundle, tokens, error) && read_ngrams(bundle, manifest, error) &&
           ee_calibration_read(bundle, board, error);
}

bool ee_bundle_open(struct ee_bundle *bundle, const char *path, const char *board,
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
    const bool opened = open_sealed(bundle, manifest.nodes, board, error);
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
