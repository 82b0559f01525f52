#include "replay.h"

#include <math.h>

const struct ee_reading *ee_replay(struct ee_replay *replay, const struct ee_recording *recording,
                                   const struct ee_recorded_utterance *utterance,
                                   const struct ee_policy *policy)
{
    const struct ee_workspace workspace = {replay->log_probs, replay->probs, replay->highest,
                                           replay->likeliest};
    const struct ee_facts facts = {.duration_s = (double)utterance->duration_s,
                                   .level = (double)NAN,
                                   .level_spread = (double)NAN};
    replay->memory = (struct ee_symbol_memory){
        {replay->symbols[0], replay->symbols[1]}, {0}, replay->row};
    for (size_t at = 0; at < recording->exit_count; at++) {
        struct ee_reading *reading = &replay->readings[at];
        struct ee_posteriors posteriors;
        ee_reading_begin(reading, recording->exits[at], at > 0 ? reading - 1 : NULL);
        if (!ee_policy_needs(policy, reading->exit)) {
            continue;
        }
        if (!ee_posteriors_of(&posteriors, &workspace,
                              ee_recorded_log_probs(recording, utterance, at), utterance->frames,
                              recording->symbol_count, false)) {
            return NULL;
        }
        ee_read(reading, ee_policy_scores(policy), &posteriors, NULL, NULL, &facts,
                &replay->memory);
        const enum ee_decision decision = ee_decide(policy, reading);
        if (decision != EE_GO_ON) {
            return decision == EE_LEAVE ? reading : NULL;
        }
    }
    return NULL;
}
