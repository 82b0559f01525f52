#include "encoder.h"

#include "clock.h"
#include "compiled.h"
#include "vectors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char kind[] = "InterpreterError";

static bool take_memory(struct ee_encoder *encoder)
{
    struct ee_arena *arena = &encoder->arena;
    const struct ee_bundle *bundle = encoder->bundle;
    const size_t frames = bundle->buckets[bundle->bucket_count - 1];
    const size_t features = ee_bundle_longest(bundle, frames);
    const size_t cells = frames * bundle->vocabulary;
    encoder->features =
        ee_arena_take(arena, features * ee_bundle_width(bundle), sizeof(float));
    encoder->feature_mask = ee_arena_take(arena, features, sizeof(float));
    encoder->mask = ee_arena_take(arena, frames, sizeof(float));
    encoder->hidden = ee_arena_take(arena, frames * bundle->dim, sizeof(float));
    encoder->next = ee_arena_take(arena, frames * bundle->dim, sizeof(float));
    encoder->workspace.log_probs = ee_arena_take(arena, cells, sizeof(float));
    encoder->workspace.probs = ee_arena_take(arena, cells, sizeof(float));
    encoder->workspace.highest = ee_arena_take(arena, frames, sizeof(float));
    encoder->workspace.likeliest = ee_arena_take(arena, frames, sizeof(uint16_t));
    encoder->symbols.symbols[0] = ee_arena_take(arena, frames, sizeof(uint16_t));
    encoder->symbols.symbols[1] = ee_arena_take(arena, frames, sizeof(uint16_t));
    encoder->symbols.row = ee_arena_take(arena, frames + 1, sizeof(uint16_t));
    return encoder->features && encoder->feature_mask && encoder->mask && encoder->hidden &&
           encoder->next && encoder->workspace.log_probs && encoder->workspace.probs &&
           encoder->workspace.highest && encoder->workspace.likeliest &&
           encoder->symbols.symbols[0] && encoder->symbols.symbols[1] && encoder->symbols.row;
}

bool ee_encoder_begin(struct ee_encoder *encoder, const struct ee_bundle *bundle,
                      struct ee_runtime *runtime, struct ee_error *error)
{
    *encoder = (struct ee_encoder){.bundle = bundle, .runtime = runtime};
    if (!take_memory(encoder)) {
        ee_encoder_end(encoder);
        return ee_fail(error, kind, NULL, "there is no memory for the encoder's frames");
    }
    return true;
}

static void unload(struct ee_encoder *encoder, struct ee_encoder_part *part)
{
    if (part->part != NULL) {
        encoder->runtime->release(part->part);
        part->part = NULL;
    }
    ee_unmap_file(&part->file);
}

static void unload_all(struct ee_encoder *encoder)
{
    unload(encoder, &encoder->frontend);
    for (size_t at = 0; at < encoder->bundle->block_count; at++) {
        unload(encoder, &encoder->blocks[at]);
    }
    for (size_t at = 0; at < encoder->bundle->exit_count; at++) {
        unload(encoder, &encoder->branches[at]);
    }
    encoder->bucket = 0;
}

void ee_encoder_end(struct ee_encoder *encoder)
{
    if (encoder->bundle != NULL) {
        unload_all(encoder);
    }
    ee_arena_free(&encoder->arena);
}

/* Runs a part, which is loaded if that was not done yet, on an input and a mask. */
static bool run(struct ee_encoder *encoder, struct ee_encoder_part *part, const char *name,
                const float *input, size_t input_size, const float *mask, size_t mask_size,
                float *output, size_t output_size, struct ee_error *error)
{
    const size_t sizes[] = {input_size, mask_size};
    const float *const inputs[] = {input, mask};
    if (part->part == NULL) {
        const double begin = ee_seconds();
        char signature[16], file[EE_NAME_SIZE];
        (void)snprintf(signature, sizeof signature, "t%lu", (unsigned long)encoder->bucket);
        if (!ee_compiled_name(encoder->bundle, encoder->runtime->accelerator, name,
                              encoder->bucket, file, error) ||
            !ee_map_file(&part->file, encoder->bundle->path, file, error)) {
            return false;
        }
        part->part = encoder->runtime->load(encoder->runtime, part->file.bytes, part->file.size,
                                            signature, error);
        if (part->part == NULL) {
            ee_unmap_file(&part->file);
            return false;
        }
        encoder->loading_s += ee_seconds() - begin;
    }
    for (size_t at = 0; at < part->part->input_count; at++) {
        if (part->part->input_sizes[at] != sizes[at]) {
            return ee_fail(error, kind, NULL, "%s: takes something of another shape", name);
        }
    }
    if (part->part->output_size != output_size) {
        return ee_fail(error, kind, NULL, "%s: puts out something of another shape", name);
    }
    const bool has_run = encoder->runtime->run(part->part, inputs, output, error);
    ee_clear_vectors();
    return has_run;
}

/* Writes 1 for the real frames, 0 for padding. */
static void fill_mask(float *mask, size_t real, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        mask[at] = at < real ? 1.0f : 0.0f;
    }
}

float *ee_encoder_features(struct ee_encoder *encoder, size_t feature_frames,
                           struct ee_error *error)
{
    const struct ee_bundle *bundle = encoder->bundle;
    const size_t frames = ee_bundle_frames(bundle, feature_frames);
    if (frames == 0 || frames > bundle->buckets[bundle->bucket_count - 1]) {
        (void)ee_fail(error, "AudioError", NULL,
                      "sound of %zu encoder frames does not fit this bundle", frames);
        return NULL;
    }
    return encoder->features;
}

bool ee_encoder_start(struct ee_encoder *encoder, size_t feature_frames, struct ee_error *error)
{
    const struct ee_bundle *bundle = encoder->bundle;
    const size_t width = ee_bundle_width(bundle);
    size_t at = 0;
    encoder->frames = ee_bundle_frames(bundle, feature_frames);
    while (bundle->buckets[at] < encoder->frames) {
        at++;
    }
    if (bundle->buckets[at] != encoder->bucket) {
        unload_all(encoder);
        encoder->bucket = bundle->buckets[at];
    }
    const size_t longest = ee_bundle_longest(bundle, encoder->bucket);
    memset(encoder->features + feature_frames * width, 0,
           (longest - feature_frames) * width * sizeof(float));
    for (size_t number = 0; number < feature_frames * width; number++) {
        /* int8 arithmetic would make a number of NaN, and nobody would notice. */
        if (!isfinite(encoder->features[number])) {
            return ee_fail(error, "AudioError", NULL, "the features hold NaN or infinite values");
        }
    }
    fill_mask(encoder->feature_mask, feature_frames, longest);
    fill_mask(encoder->mask, encoder->frames, encoder->bucket);
    encoder->blocks_run = encoder->exits_run = 0;
    encoder->symbols.counts[0] = encoder->symbols.counts[1] = 0;
    return run(encoder, &encoder->frontend, bundle->frontend, encoder->features, longest * width,
               encoder->feature_mask, longest, encoder->hidden, encoder->bucket * bundle->dim,
               error);
}

bool ee_encoder_advance(struct ee_encoder *encoder, struct ee_error *error)
{
    const struct ee_bundle *bundle = encoder->bundle;
    const size_t size = encoder->bucket * bundle->dim;
    const uint8_t exit = bundle->exits[encoder->exits_run];
    while (encoder->blocks_run < exit) {
        const size_t block = encoder->blocks_run;
        if (!run(encoder, &encoder->blocks[block], bundle->blocks[block], encoder->hidden, size,
                 encoder->mask, encoder->bucket, encoder->next, size, error)) {
            return false;
        }
        float *done = encoder->next;
        encoder->next = encoder->hidden;
        encoder->hidden = done;
        encoder->blocks_run++;
    }
    encoder->exits_run++;
    return true;
}

bool ee_encoder_read(struct ee_encoder *encoder, struct ee_posteriors *posteriors,
                     struct ee_error *error)
{
    const struct ee_bundle *bundle = encoder->bundle;
    const size_t exit = encoder->exits_run - 1;
    float *logits = encoder->workspace.log_probs;
    if (!run(encoder, &encoder->branches[exit], bundle->branches[exit], encoder->hidden,
             encoder->bucket * bundle->dim, encoder->mask, encoder->bucket, logits,
             encoder->bucket * bundle->vocabulary, error)) {
        return false;
    }
    if (!ee_posteriors_of(posteriors, &encoder->workspace, logits, encoder->frames,
                          bundle->vocabulary, true)) {
        return ee_fail(error, kind, "check the sound: does another file work?",
                       "%s: exit %d puts out NaN", bundle->branches[exit], bundle->exits[exit]);
    }
    return true;
}
