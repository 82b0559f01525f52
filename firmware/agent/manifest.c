#include "manifest.h"

#include <string.h>

enum { MOST_SAMPLE_RATE = 1000000, MOST_SIZE = 1 << 20 };

/* Refuses a name that could lead out of the bundle's folder. */
static bool is_inside(const char *name)
{
    if (name[0] == '\0' || name[0] == '/' || strchr(name, '\\') != NULL) {
        return false;
    }
    while (*name != '\0') {
        const size_t size = strcspn(name, "/");
        if (size == 0 || (size == 1 && name[0] == '.') ||
            (size == 2 && memcmp(name, "..", 2) == 0)) {
            return false;
        }
        name += size;
        name += *name == '/';
    }
    return true;
}

bool ee_manifest_file(const struct ee_json_node *entry, struct ee_manifest_file *file)
{
    uint64_t size;
    if (entry->name_size >= sizeof file->name) {
        return false;
    }
    memcpy(file->name, entry->name, entry->name_size);
    file->name[entry->name_size] = '\0';
    if (!is_inside(file->name) ||
        !ee_json_count(ee_json_member(entry, "size"), UINT32_MAX, &size) ||
        !ee_json_copy(ee_json_member(entry, "sha256"), file->sha256, sizeof file->sha256)) {
        return false;
    }
    file->size = (uint32_t)size;
    return strspn(file->sha256, "0123456789abcdef") == 2 * EE_SHA256_SIZE;
}

bool ee_manifest_identity(const struct ee_json_node *manifest, uint8_t identity[EE_SHA256_SIZE])
{
    const struct ee_json_node *files = ee_json_member(manifest, "files");
    const struct ee_json_node *entry = NULL;
    struct ee_sha256 hash;
    if (files == NULL || files->type != EE_JSON_OBJECT) {
        return false;
    }
    ee_sha256_begin(&hash);
    while ((entry = ee_json_next_by_name(files, entry)) != NULL) {
        struct ee_manifest_file file;
        if (!ee_manifest_file(entry, &file)) {
            return false;
        }
        ee_sha256_take(&hash, file.name, strlen(file.name));
        ee_sha256_take(&hash, " ", 1);
        ee_sha256_take(&hash, file.sha256, strlen(file.sha256));
        ee_sha256_take(&hash, "\n", 1);
    }
    ee_sha256_end(&hash, identity);
    return true;
}

bool ee_manifest_name(const struct ee_json_node *files, const struct ee_json_node *node,
                      char name[EE_NAME_SIZE])
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
        if (!ee_manifest_name(files, item, bundle->blocks[bundle->block_count++])) {
            return false;
        }
    }
    return ee_manifest_name(files, ee_json_member(manifest, "frontend"), bundle->frontend);
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
            !ee_manifest_name(files, item, bundle->branches[bundle->exit_count])) {
            return false;
        }
        bundle->exits[bundle->exit_count++] = (uint8_t)(last = exit);
    }
    return last == bundle->block_count;
}

bool ee_manifest_read(struct ee_bundle *bundle, const struct ee_json_node *manifest)
{
    uint32_t format, sample_rate;
    return read_size(manifest, "format", 1, &format) &&
           read_size(manifest, "sample_rate", MOST_SAMPLE_RATE, &sample_rate) &&
           read_size(manifest, "subsampling", MOST_SIZE, &bundle->subsampling) &&
           read_size(manifest, "window", MOST_SIZE, &bundle->window) &&
           read_size(manifest, "dim", MOST_SIZE, &bundle->dim) &&
           read_size(manifest, "vocabulary", UINT16_MAX, &bundle->vocabulary) &&
           ee_json_copy(ee_json_member(manifest, "recipe"), bundle->recipe,
                        sizeof bundle->recipe) &&
           ee_json_copy(ee_json_member(manifest, "units"), bundle->units, sizeof bundle->units) &&
           read_features(bundle, manifest) && sample_rate == bundle->features.sample_rate &&
           read_buckets(bundle, manifest) && read_blocks(bundle, manifest) &&
           read_exits(bundle, manifest);
}

