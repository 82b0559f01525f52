/* What is known of an utterance before any block has run, as `edge/facts.py` has it. */
#ifndef EE_FACTS_H
#define EE_FACTS_H

#include "bundle.h"

/* Finds the facts of samples and the features [frames][width] that they made; `energies` has room
 * for a number for each frame. */
struct ee_facts ee_facts_of(const struct ee_bundle *bundle, const float *samples, size_t count,
                            const float *features, size_t frames, float *energies);

#endif
