/* What a policy makes of a recorded utterance. */
#ifndef EE_REPLAY_H
#define EE_REPLAY_H

#include "recording.h"

/* Memory for one utterance; `memory` has the symbols of the exit that was left. */
struct ee_replay {
    float log_probs[EE_MOST_FRAMES * EE_MOST_SYMBOLS], probs[EE_MOST_FRAMES * EE_MOST_SYMBOLS];
    float highest[EE_MOST_FRAMES];
    uint16_t likeliest[EE_MOST_FRAMES], symbols[2][EE_MOST_FRAMES], row[EE_MOST_FRAMES + 1];
    struct ee_reading readings[EE_MOST_READ];
    struct ee_symbol_memory memory;
};

/* Replays exit after exit until the policy leaves; returns that exit's reading. NULL: a score is no
 * number. */
const struct ee_reading *ee_replay(struct ee_replay *replay, const struct ee_recording *recording,
                                   const struct ee_recorded_utterance *utterance,
                                   const struct ee_policy *policy);

#endif
