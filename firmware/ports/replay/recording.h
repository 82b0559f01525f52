/* What a real encoder put out, recorded: in place of a runtime, for this board computes no block.
 *
 * `tests/firmware/recording.py` writes it; all of it is little-endian, as the board is. It is a
 * file of the bundle that it was recorded from, so that it is flashed and checked with it. */
#ifndef EE_RECORDING_H
#define EE_RECORDING_H

#include "policy.h"
#include "text.h"

enum { EE_RECORDED_NAME = 32 };

/* The most that a recording may have. */
enum { EE_MOST_FRAMES = 512, EE_MOST_SYMBOLS = 64, EE_MOST_READ = 16 };

/* An operating point; `exits` has bit k set where it may leave after block k. */
struct ee_recorded_point {
    char name[EE_RECORDED_NAME];
    double threshold, side, spread;
    uint32_t exits;
    uint8_t kind, deepest, score, length;
};

/* What comes of an utterance in place of an answer, so that it can be seen what then happens. */
enum ee_mishap { EE_NO_MISHAP, EE_HANGS, EE_FAULTS };

struct ee_recorded_utterance {
    uint32_t frames;
    float duration_s;
    uint32_t log_probs; /* offset of f32[exits][frames][symbols] from the recording's beginning */
    uint16_t mishap;
    uint16_t until; /* it comes while the board has started no more often than this */
};

struct ee_recording {
    char magic[8]; /* "EEREC 2" */
    uint32_t size;
    uint32_t utterance_count, point_count, exit_count, symbol_count, most_frames;
    uint8_t exits[EE_MOST_EXITS];
    uint32_t utterances, points;     /* offsets */
    uint32_t token_starts, tokens;   /* offsets of u32[symbols + 1] and of their bytes */
};

/* Returns the recording that some bytes, which lie at a multiple of 8, are; NULL: they are none, or
 * one that is damaged or too large. What else is asked here never leads out of one. */
const struct ee_recording *ee_recording_in(const uint8_t *bytes, size_t size);

const struct ee_recorded_utterance *ee_recorded_utterance(const struct ee_recording *recording,
                                                          uint32_t number);
const struct ee_recorded_point *ee_recorded_points(const struct ee_recording *recording);
struct ee_tokens ee_recorded_tokens(const struct ee_recording *recording);
const float *ee_recorded_log_probs(const struct ee_recording *recording,
                                   const struct ee_recorded_utterance *utterance, size_t exit);

/* Builds the policy of a point. */
struct ee_policy ee_recorded_policy(const struct ee_recorded_point *point);

#endif
