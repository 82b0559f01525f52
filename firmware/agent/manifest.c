#include "manifest.h"

#include <string.h>

enum { MOST_SAMPLE_RATE = 1000000, MOST_SIZE = 1 << 20 };

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
           ee_json_copy(ee_json_member(manifest, "recipe"), bundle->recipe, sizeof bundle->recipe) &&
           ee_json_copy(ee_json_member(manifest, "units"), bundle->units, sizeof bundle->units) &&
           read_features(bundle, manifest) && sample_rate == bundle->features.sample_rate &&
           read_buckets(bundle, manifest) && read_blocks(bundle, manifest) &&
           read_exits(bundle, manifest);
}

