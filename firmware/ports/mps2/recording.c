#include "recording.h"

#include <string.h>

static const void *inside(const struct ee_recording *recording, uint32_t offset)
{
    return (const uint8_t *)recording + offset;
}

const struct ee_recording *ee_recording_at(const void *address)
{
    const struct ee_recording *recording = address;
    return memcmp(recording->magic, "EEREC 1", 8) == 0 ? recording : NULL;
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
