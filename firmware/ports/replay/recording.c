#include "recording.h"

#include "utf8.h"

#include <math.h>
#include <string.h>

static const void *inside(const struct ee_recording *recording, uint32_t offset)
{
    return (const uint8_t *)recording + offset;
}

const struct ee_recorded_utterance *ee_recorded_utterance(const struct ee_recording *recording,
                                                          uint32_t number)
{
    const struct ee_recorded_utterance *all = inside(recording, recording->utterances);
    return number < recording->utterance_count ? &all[number] : NULL;
}

const struct ee_recorded_point *ee_recorded_points(const struct ee_recording *recording)
{
    return inside(recording, recording->points);
}

struct ee_tokens ee_recorded_tokens(const struct ee_recording *recording)
{
    return (struct ee_tokens){
        .bytes = inside(recording, recording->tokens),
        .starts = inside(recording, recording->token_starts),
        .count = recording->symbol_count,
    };
}

const float *ee_recorded_log_probs(const struct ee_recording *recording,
                                   const struct ee_recorded_utterance *utterance, size_t exit)
{
    const float *first = inside(recording, utterance->log_probs);
    return first + exit * utterance->frames * recording->symbol_count;
}

struct ee_policy ee_recorded_policy(const struct ee_recorded_point *point)
{
    return (struct ee_policy){
        .kind = (enum ee_policy_kind)point->kind,
        .deepest = point->deepest,
        .score = point->score,
        .length = point->length,
        .threshold = point->threshold,
        .side = point->side,
        .spread = point->spread,
        .exits = {{point->exits}},
    };
}

/* Tells whether so many things of a size lie within a recording, aligned. */
static bool lie_inside(const struct ee_recording *recording, uint32_t offset, uint64_t count,
                       size_t size, size_t alignment)
{
    return offset % alignment == 0 && offset <= recording->size &&
           count * size <= recording->size - offset;
}

static bool is_small_enough(const struct ee_recording *recording)
{
    return recording->utterance_count > 0 && recording->point_count > 0 &&
           recording->exit_count > 0 && recording->exit_count <= EE_MOST_READ &&
           recording->symbol_count > 0 && recording->symbol_count <= EE_MOST_SYMBOLS &&
           recording->most_frames <= EE_MOST_FRAMES;
}

static bool has_utterances(const struct ee_recording *recording)
{
    if (!lie_inside(recording, recording->utterances, recording->utterance_count,
                    sizeof(struct ee_recorded_utterance), sizeof(uint32_t))) {
        return false;
    }
    for (uint32_t at = 0; at < recording->utterance_count; at++) {
        const struct ee_recorded_utterance *utterance = ee_recorded_utterance(recording, at);
        const uint64_t rows = (uint64_t)recording->exit_count * utterance->frames;
        if (utterance->frames == 0 || utterance->frames > recording->most_frames ||
            !isfinite(utterance->duration_s) ||
            !lie_inside(recording, utterance->log_probs, rows * recording->symbol_count,
                        sizeof(float), sizeof(float))) {
            return false;
        }
    }
    return true;
}

static bool has_points(const struct ee_recording *recording)
{
    if (!lie_inside(recording, recording->points, recording->point_count,
                    sizeof(struct ee_recorded_point), sizeof(double))) {
        return false;
    }
    for (uint32_t at = 0; at < recording->point_count; at++) {
        const struct ee_recorded_point *point = &ee_recorded_points(recording)[at];
        const char *end = memchr(point->name, '\0', sizeof point->name);
        if (end == NULL ||
            !ee_utf8_is_string((const uint8_t *)point->name, (size_t)(end - point->name)) ||
            point->kind >= EE_LEARNT || point->score >= EE_SCORES) {
            return false;
        }
    }
    return true;
}

static bool has_tokens(const struct ee_recording *recording)
{
    if (!lie_inside(recording, recording->token_starts, recording->symbol_count + 1u,
                    sizeof(uint32_t), sizeof(uint32_t))) {
        return false;
    }
    const struct ee_tokens tokens = ee_recorded_tokens(recording);
    for (size_t at = 0; at < tokens.count; at++) {
        if (tokens.starts[at] > tokens.starts[at + 1]) {
            return false;
        }
    }
    return lie_inside(recording, recording->tokens, tokens.starts[tokens.count], 1, 1) &&
           ee_utf8_is_string((const uint8_t *)tokens.bytes, tokens.starts[tokens.count]);
}

const struct ee_recording *ee_recording_in(const uint8_t *bytes, size_t size)
{
    const struct ee_recording *recording = (const void *)bytes;
    const bool whole = size >= sizeof *recording && memcmp(bytes, "EEREC 2", 8) == 0 &&
                       recording->size == size && is_small_enough(recording) &&
                       has_utterances(recording) && has_points(recording) &&
                       has_tokens(recording);
    return whole ? recording : NULL;
}
