#include "recogniser.h"

#include "clock.h"
#include "facts.h"
#include "segments.h"
#include "symbols.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double variance_floor = 1e-7;

bool ee_recogniser_begin(struct ee_recogniser *recogniser, const struct ee_bundle *bundle,
                         struct ee_runtime *runtime, struct ee_error *error)
{
    *recogniser = (struct ee_recogniser){.bundle = bundle};
    if (!ee_encoder_begin(&recogniser->encoder, bundle, runtime, error)) {
        return false;
    }
    struct ee_arena *arena = &recogniser->encoder.arena;
    const uint32_t frames = bundle->buckets[bundle->bucket_count - 1];
    recogniser->energies = ee_arena_take(arena, ee_bundle_longest(bundle, frames), sizeof(float));
    if (recogniser->energies == NULL ||
        (!bundle->reads_samples &&
         !ee_logmel_begin(&recogniser->logmel, &bundle->features, arena))) {
        ee_recogniser_end(recogniser);
        return ee_fail(error, "BundleError", NULL, "%s: its features cannot be computed here",
                       bundle->path);
    }
    return true;
}

void ee_recogniser_end(struct ee_recogniser *recogniser)
{
    ee_encoder_end(&recogniser->encoder);
}

/* The samples that surely make one encoder frame; of less, there may be none. */
static size_t shortest(const struct ee_recogniser *recogniser)
{
    const struct ee_bundle *bundle = recogniser->bundle;
    const double rate = bundle->features.sample_rate;
    const size_t one = bundle->reads_samples ? 1 : recogniser->logmel.window;
    return one + (size_t)rint((bundle->window - 1) * ee_bundle_hop(bundle) * rate);
}

/* Samples as they are, less their mean and over their deviation if so set. */
static void waveform(const float *samples, size_t count, bool normalise, float *features)
{
    double sum = 0.0, squares = 0.0;
    for (size_t at = 0; at < count && normalise; at++) {
        sum += (double)samples[at];
    }
    const double mean = sum / (double)count;
    for (size_t at = 0; at < count && normalise; at++) {
        squares += ((double)samples[at] - mean) * ((double)samples[at] - mean);
    }
    const double scale = normalise ? sqrt(squares / (double)count + variance_floor) : 1.0;
    for (size_t at = 0; at < count; at++) {
        features[at] = (float)(((double)samples[at] - mean) / scale);
    }
}

/* Writes the features where the encoder wants them; returns how many frames, or 0. */
static size_t prepare(struct ee_recogniser *recogniser, const float *samples, size_t count,
                      struct ee_error *error)
{
    const struct ee_bundle *bundle = recogniser->bundle;
    const size_t frames =
        bundle->reads_samples ? count : ee_logmel_frames(&recogniser->logmel, count);
    float *features = ee_encoder_features(&recogniser->encoder, frames, error);
    if (features == NULL) {
        return 0;
    }
    if (bundle->reads_samples) {
        waveform(samples, count, bundle->normalise, features);
    } else {
        ee_logmel_of(&recogniser->logmel, samples, count, features);
    }
    return frames;
}

/* Runs exit after exit until the policy leaves; `reading` is then that exit's. */
static bool leave(struct ee_recogniser *recogniser, const struct ee_facts *facts,
                  struct ee_reading readings[], struct ee_reading **left, struct ee_error *error)
{
    struct ee_encoder *encoder = &recogniser->encoder;
    const struct ee_bundle *bundle = recogniser->bundle;
    const struct ee_policy *policy = &recogniser->policy;
    const ee_score_set scores = ee_policy_scores(policy);
    for (size_t at = 0; at < bundle->exit_count; at++) {
        struct ee_reading *reading = &readings[at];
        struct ee_posteriors posteriors;
        ee_reading_begin(reading, bundle->exits[at], at > 0 ? reading - 1 : NULL);
        if (!ee_encoder_advance(encoder, error)) {
            return false;
        }
        if (!ee_policy_needs(policy, reading->exit)) {
            continue;
        }
        if (!ee_encoder_read(encoder, &posteriors, error)) {
            return false;
        }
        ee_read(reading, scores, &posteriors, NULL, ee_bundle_ngrams(bundle), facts,
                &encoder->symbols);
        *left = reading;
        switch (ee_decide(policy, reading)) {
        case EE_LEAVE:
            return true;
        case EE_BROKEN:
            return ee_fail(error, "ScoreError", "convert again", "%s at exit %d is NaN",
                           ee_scores[policy->score].name, reading->exit);
        case EE_GO_ON:
            break;
        }
    }
    return ee_fail(error, "UsageError", NULL, "the policy leaves at none of the bundle's exits");
}

/* Appends a piece's text, with a space between two. */
static bool append_text(struct ee_recogniser *recogniser, struct ee_heard *heard,
                        struct ee_error *error)
{
    const struct ee_tokens *tokens = &recogniser->bundle->tokens;
    const uint16_t *symbols = recogniser->encoder.symbols.symbols[1];
    const size_t count = recogniser->encoder.symbols.counts[1];
    const size_t size = ee_text_of(tokens, symbols, count, NULL, 0);
    if (size == 0) {
        return true;
    }
    char *text = realloc(heard->text, heard->text_size + 1 + size);
    if (text == NULL) {
        return ee_fail(error, "AudioError", NULL, "there is no memory for the text");
    }
    heard->text = text;
    if (heard->text_size > 0) {
        text[heard->text_size++] = ' ';
    }
    (void)ee_text_of(tokens, symbols, count, text + heard->text_size, size);
    heard->text_size += size;
    return true;
}

static bool is_silent(const float *samples, size_t count)
{
    for (size_t at = 0; at < count; at++) {
        if (fabs((double)samples[at]) > EE_SILENCE) {
            return false;
        }
    }
    return true;
}

/* Recognises one piece, behind which there is room for silence; adds it to what was heard. */
static bool recognise_piece(struct ee_recogniser *recogniser, float *samples, size_t count,
                            struct ee_heard *heard, struct ee_error *error)
{
    struct ee_encoder *encoder = &recogniser->encoder;
    const double duration = (double)count / recogniser->bundle->features.sample_rate;
    heard->duration_s += duration;
    if (is_silent(samples, count)) {
        return true;
    }
    const double begin = ee_seconds(), loaded = encoder->loading_s;
    struct ee_reading readings[EE_MOST_EXITS], *left = NULL;
    while (count < shortest(recogniser)) {
        samples[count++] = 0.0f;
    }
    const size_t frames = prepare(recogniser, samples, count, error);
    if (frames == 0) {
        return false;
    }
    const struct ee_facts facts = ee_facts_of(recogniser->bundle, samples, count,
                                              encoder->features, frames, recogniser->energies);
    if (!ee_encoder_start(encoder, frames, error) ||
        !leave(recogniser, &facts, readings, &left, error) ||
        !append_text(recogniser, heard, error)) {
        return false;
    }
    const double loading = encoder->loading_s - loaded;
    heard->loading_s += loading;
    heard->latency_s += ee_seconds() - begin - loading;
    heard->exit = left->exit > heard->exit ? left->exit : heard->exit;
    heard->blocks += (double)encoder->blocks_run * duration;
    heard->score = (isnan(heard->score) ? 0.0 : heard->score) +
                   left->values[recogniser->policy.score] * duration;
    return true;
}

/* Recognises piece after piece; `scored` is the length of those that were not silent. */
static bool recognise_pieces(struct ee_recogniser *recogniser, float *samples, size_t count,
                             struct ee_heard *heard, struct ee_error *error)
{
    const struct ee_bundle *bundle = recogniser->bundle;
    const unsigned rate = bundle->features.sample_rate;
    const uint32_t frames = bundle->buckets[bundle->bucket_count - 1];
    const double longest_s =
        (double)ee_bundle_longest(bundle, frames) * ee_bundle_hop(bundle);
    double scored = 0.0;
    for (size_t done = 0; done < count;) {
        const size_t piece =
            ee_next_piece(samples + done, count - done, (size_t)(longest_s * rate), rate);
        const double before = heard->latency_s;
        if (!recognise_piece(recogniser, samples + done, piece, heard, error)) {
            return false;
        }
        scored += heard->latency_s > before ? (double)piece / rate : 0.0;
        done += piece;
    }
    heard->blocks /= heard->duration_s;
    heard->score /= scored;
    return true;
}

bool ee_recognise(struct ee_recogniser *recogniser, const int16_t *samples, size_t count,
                  struct ee_heard *heard, struct ee_error *error)
{
    *heard = (struct ee_heard){.score = (double)NAN};
    /* A last piece that is too short for a frame is filled up behind its end. */
    float *sound = malloc((count + shortest(recogniser)) * sizeof *sound);
    if (count == 0 || sound == NULL) {
        free(sound);
        return ee_fail(error, "AudioError", NULL, "there is no sound, or no memory for it");
    }
    for (size_t at = 0; at < count; at++) {
        sound[at] = (float)samples[at] / 32768.0f;
    }
    const bool done = recognise_pieces(recogniser, sound, count, heard, error);
    free(sound);
    if (!done) {
        free(heard->text);
        heard->text = NULL;
    }
    return done;
}
