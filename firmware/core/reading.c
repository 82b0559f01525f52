#include "reading.h"

#include "scores.h"
#include "symbols.h"

#include <math.h>

ee_score_set ee_scores_needed(ee_score_set scores)
{
    if (scores & (EE_SET_OF(EE_STABLE_EXITS) | EE_SET_OF(EE_NEARLY_STABLE_EXITS))) {
        scores |= EE_SET_OF(EE_EDIT_RATE);
    }
    if (scores & EE_SET_OF(EE_ENTROPY_DROP)) {
        scores |= EE_SET_OF(EE_ENTROPY_NATS);
    }
    return scores;
}

ee_score_set ee_scores_comparing(void)
{
    return EE_SET_OF(EE_EDIT_RATE) | EE_SET_OF(EE_STABLE_EXITS) |
           EE_SET_OF(EE_NEARLY_STABLE_EXITS) | EE_SET_OF(EE_ENTROPY_DROP);
}

ee_score_set ee_scores_missing(void)
{
    return EE_SET_OF(EE_NBEST_POSTERIOR);
}

/* For how many exits in a row the edit rate has been within `tolerance`. */
static double stable_exits(const struct ee_reading *reading, int score, double tolerance)
{
    if (reading->previous == NULL || !(reading->values[EE_EDIT_RATE] <= tolerance)) {
        return 0.0;
    }
    return reading->previous->values[score] + 1.0;
}

static double entropy_drop(const struct ee_reading *reading, double ln_symbols)
{
    const double before =
        reading->previous != NULL ? reading->previous->values[EE_ENTROPY_NATS] : ln_symbols;
    return before - reading->values[EE_ENTROPY_NATS];
}

static double edit_rate(const struct ee_reading *reading, const struct ee_symbol_memory *memory)
{
    const size_t before = memory->counts[0];
    const size_t here = memory->counts[1];
    const size_t longest = before > here ? before : here;
    if (reading->previous == NULL || longest == 0) {
        return 1.0;
    }
    const size_t edits =
        ee_edits(memory->symbols[0], before, memory->symbols[1], here, memory->row);
    return (double)edits / (double)longest;
}

static double blank_share(const struct ee_posteriors *posteriors)
{
    size_t blanks = 0;
    for (size_t frame = 0; frame < posteriors->frames; frame++) {
        blanks += posteriors->likeliest[frame] == EE_BLANK;
    }
    return (double)blanks / (double)posteriors->frames;
}

static void read_symbols(const struct ee_posteriors *posteriors, struct ee_symbol_memory *memory)
{
    uint16_t *before = memory->symbols[0];
    memory->symbols[0] = memory->symbols[1];
    memory->counts[0] = memory->counts[1];
    memory->symbols[1] = before;
    memory->counts[1] = ee_greedy(posteriors, before);
}

static double value_of(enum ee_score score, const struct ee_reading *reading,
                       const struct ee_posteriors *posteriors, const struct ee_posteriors *units,
                       const struct ee_ngrams *ngrams, const struct ee_facts *facts,
                       const struct ee_symbol_memory *memory)
{
    const double symbols = (double)posteriors->symbols;
    switch (score) {
    case EE_ENTROPY_NATS:
        return ee_entropy_nats(posteriors);
    case EE_ENTROPY_PER_SYMBOL:
        return ee_entropy_nats(posteriors) / symbols;
    case EE_ENTROPY_NORMALISED:
        return ee_entropy_nats(posteriors) / log(symbols);
    case EE_NONBLANK_ENTROPY_NATS:
        return ee_nonblank_entropy_nats(posteriors);
    case EE_NONBLANK_ENTROPY_PER_SYMBOL:
        return ee_nonblank_entropy_nats(posteriors) / symbols;
    case EE_NONBLANK_ENTROPY_NORMALISED:
        return ee_nonblank_entropy_nats(posteriors) / log(symbols);
    case EE_MEAN_MAX_PROBABILITY:
        return ee_mean_max_probability(posteriors);
    case EE_LOW_DECILE_MAX_PROBABILITY:
        return ee_low_decile_max_probability(posteriors);
    case EE_MEAN_MARGIN:
        return ee_mean_margin(posteriors);
    case EE_LEAST_SYMBOL_PROBABILITY:
        return ee_symbol_sureness(posteriors).least;
    case EE_EXPECTED_SYMBOL_ERRORS:
        return ee_symbol_sureness(posteriors).errors;
    case EE_EDIT_RATE:
        return edit_rate(reading, memory);
    case EE_STABLE_EXITS:
        return stable_exits(reading, EE_STABLE_EXITS, 0.0);
    case EE_NEARLY_STABLE_EXITS:
        return stable_exits(reading, EE_NEARLY_STABLE_EXITS, EE_NEARLY);
    case EE_ENTROPY_DROP:
        return entropy_drop(reading, log(symbols));
    case EE_UNSEEN_NGRAMS:
        return ngrams != NULL
                   ? ee_unseen_ngrams(ngrams, memory->symbols[1], memory->counts[1])
                   : (double)NAN;
    case EE_UNIT_ENTROPY_NATS:
        return units != NULL ? ee_entropy_nats(units) : (double)NAN;
    case EE_BLANK_SHARE:
        return blank_share(posteriors);
    case EE_SYMBOLS:
        return (double)memory->counts[1];
    case EE_SYMBOLS_PER_S:
        return (double)memory->counts[1] / facts->duration_s;
    case EE_SOUND_S:
        return facts->duration_s;
    case EE_LEVEL:
        return facts->level;
    case EE_LEVEL_SPREAD:
        return facts->level_spread;
    default:
        return (double)NAN;
    }
}

void ee_reading_begin(struct ee_reading *reading, uint8_t exit, const struct ee_reading *previous)
{
    reading->previous = previous;
    reading->exit = exit;
    for (size_t score = 0; score < EE_VALUES; score++) {
        reading->values[score] = (double)NAN;
    }
}

void ee_read(struct ee_reading *reading, ee_score_set scores,
             const struct ee_posteriors *posteriors, const struct ee_posteriors *units,
             const struct ee_ngrams *ngrams, const struct ee_facts *facts,
             struct ee_symbol_memory *memory)
{
    const ee_score_set needed = ee_scores_needed(scores);
    read_symbols(posteriors, memory);
    /* In their order: what others are made of comes before them. */
    for (int score = 0; score < EE_VALUES; score++) {
        if (needed & EE_SET_OF(score)) {
            reading->values[score] =
                value_of((enum ee_score)score, reading, posteriors, units, ngrams, facts, memory);
        }
    }
}
