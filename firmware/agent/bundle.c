#include "bundle.h"

#include "calibration.h"
#include "mapping.h"
#include "tokens.h"

#include <string.h>

static const char again[] = "copy or flash the bundle again";
static const char kind[] = "BundleError";

enum { MOST_SAMPLE_RATE = 1000000, MOST_SIZE = 1 << 20 };

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

static bool read_name(const struct ee_json_node *files, const struct ee_json_node *node, char *name)
{
    return ee_json_copy(node, name, EE_NAME_SIZE) && ee_json_member(files, name) != NULL;
}

static bool read_size(const struct ee_json_node *object, const char *name, uint64_t most,
                      uint32_t *value)
{
    uint64_t found;
    if (!ee_json_count(ee_json_member(object, name), most, &found) || found == 0) {
        return false;
    }
    *value = (uint32_t)found;
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

static bool read_features(struct ee_bundle *bundle, const struct ee_json_node *manifest)
{
    const struct ee_json_node *node = ee_json_member(manifest, "features");
    struct ee_logmel_settings *features = &bundle->features;
    if (!read_size(node, "sample_rate", MOST_SAMPLE_RATE, &features->sample_rate)) {
        return false;
    }
    if (ee_json_is(ee_json_member(node, "kind"), "waveform")) {
        const struct ee_json_node *normalise = ee_json_member(node, "normalise");
        bundle->reads_samples = true;
        bundle->normalise = normalise == NULL || normalise->type == EE_JSON_TRUE;
        return true;
    }
    const struct ee_json_node *subtract = ee_json_member(node, "subtract_mean");
    features->subtract_mean = subtract == NULL || subtract->type == EE_JSON_TRUE;
    return read_size(node, "n_mels", MOST_SIZE, &features->n_mels) &&
           ee_json_number(ee_json_member(node, "low_hz"), &features->low_hz) &&
           ee_json_number(ee_json_member(node, "high_hz"), &features->high_hz) &&
           ee_json_number(ee_json_member(node, "window_s"), &features->window_s) &&
           ee_json_number(ee_json_member(node, "hop_s"), &features->hop_s);
}

static bool read_buckets(struct ee_bundle *bundle, const struct ee_json_node *manifest)
{
    const struct ee_json_node *list = ee_json_member(manifest, "buckets");
    if (list == NULL || list->count == 0 || list->count > EE_MOST_BUCKETS) {
        return false;
    }
    uint64_t last = 0;
    for (const struct ee_json_node *item = list->first; item; item = item->next) {
        uint64_t frames;
        if (!ee_json_count(item, MOST_SIZE, &frames) || frames <= last) {
            return false;
        }
        bundle->buckets[bundle->bucket_count++] = (uint32_t)(last = frames);
    }
    return true;
}

static bool read_blocks(struct ee_bundle *bundle, const struct ee_json_node *manifest)
{
    const struct ee_json_node *files = ee_json_member(manifest, "files");
    const struct ee_json_node *list = ee_json_member(manifest, "blocks");
    if (list == NULL || list->count == 0 || list->count > EE_MOST_BLOCKS) {
        return false;
    }
    for (const struct ee_json_node *item = list->first; item; item = item->next) {
        if (!read_name(files, item, bundle->blocks[bundle->block_count++])) {
            return false;
        }
    }
    return read_name(files, ee_json_member(manifest, "frontend"), bundle->frontend);
}

/* The exits, which ascend to the last block. */
static bool read_exits(struct ee_bundle *bundle, const struct ee_json_node *manifest)
{
    const struct ee_json_node *files = ee_json_member(manifest, "files");
    const struct ee_json_node *list = ee_json_member(manifest, "exits");
    if (list == NULL || list->count == 0 || list->count > EE_MOST_EXITS) {
        return false;
    }
    uint64_t last = 0;
    for (const struct ee_json_node *item = list->first; item; item = item->next) {
        const struct ee_json_node number = {
            .type = EE_JSON_NUMBER, .text = item->name, .size = item->name_size};
        uint64_t exit;
        if (!ee_json_count(&number, bundle->block_count, &exit) || exit <= last ||
            !read_name(files, item, bundle->branches[bundle->exit_count])) {
            return false;
        }
        bundle->exits[bundle->exit_count++] = (uint8_t)(last = exit);
    }
    return last == bundle->block_count;
}

static bool read_manifest(struct ee_bundle *bundle, const struct ee_json_node *manifest)
{
    uint32_t format, sample_rate;
    return read_size(manifest, "format", 1, &format) &&
           read_size(manifest, "sample_rate", MOST_SAMPLE_RATE, &sample_rate) &&
           read_size(manifest, "subsampling", MOST_SIZE, &bundle->subsampling) &&
           read_size(manifest, "window", MOST_SIZE, &bundle->window) &&
           read_size(manifest, "dim", MOST_SIZE, &bundle->dim) &&
           read_size(manifest, "vocabulary", UINT16_MAX, &bundle->vocabulary) &&
           ee_json_copy(ee_json_member(manifest, "recipe"), bundle->recipe, sizeof bundle->recipe) &&
           ee_json_copy(ee_json_member(manifest, "units"), bundle->units, sizeof bundle->units) &&
           read_features(bundle, manifest) && sample_rate == bundle->features.sample_rate &&
           read_buckets(bundle, manifest) && read_blocks(bundle, manifest) &&
           read_exits(bundle, manifest);
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
    if (!read_name(ee_json_member(manifest, "files"), named, name)) {
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
    if (!read_manifest(bundle, manifest) ||
        !read_name(ee_json_member(manifest, "files"), ee_json_member(manifest, "tokens"), tokens)) {
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
