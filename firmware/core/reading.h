/* What an utterance's exits know of themselves: the values of those scores that a policy reads. */
#ifndef EE_READING_H
#define EE_READING_H

#include "ngrams.h"
#include "posteriors.h"

/* A set of scores and signs, a bit each. */
typedef uint32_t ee_score_set;

#define EE_SET_OF(score) ((ee_score_set)1 << (score))

/* What is known of an utterance before any block has run. */
struct ee_facts {
    double duration_s;
    double level;        /* dBFS */
    double level_spread; /* nats */
};

/* One exit that was reached. A value that was not asked for is NaN. */
struct ee_reading {
    const struct ee_reading *previous; /* the encoder's exit before this one */
    uint8_t exit;                      /* blocks run so far */
    double values[EE_VALUES];
};

/* The symbols of the exit before and of this one; memory for as many as there are frames each, and
 * one more for `row`. Begin an utterance with `counts` 0. */
struct ee_symbol_memory {
    uint16_t *symbols[2];
    size_t counts[2];
    uint16_t *row;
};

/* Returns the scores that must be read at every exit for these to be known. */
ee_score_set ee_scores_needed(ee_score_set scores);

/* Returns those that compare an exit with the ones before it. */
ee_score_set ee_scores_comparing(void);

/* Returns those that are not computed here. */
ee_score_set ee_scores_missing(void);

/* Begins the reading of an exit, of which nothing is known yet. */
void ee_reading_begin(struct ee_reading *reading, uint8_t exit, const struct ee_reading *previous);

/* Computes `scores` of an exit into `reading`, which was begun. `units` are of
 * the branch that names units, `ngrams` those of the text that the encoder learnt from; where one is
 * NULL, its score is NaN, as is every other that cannot be computed. Steps `memory` on: its second
 * symbols are then this exit's. */
void ee_read(struct ee_reading *reading, ee_score_set scores,
             const struct ee_posteriors *posteriors, const struct ee_posteriors *units,
             const struct ee_ngrams *ngrams, const struct ee_facts *facts,
             struct ee_symbol_memory *memory);

#endif
