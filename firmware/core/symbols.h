/* Greedy CTC: the symbols that an exit puts out, how sure each is, and how two readings differ. */
#ifndef EE_SYMBOLS_H
#define EE_SYMBOLS_H

#include "posteriors.h"

/* Reads the likeliest symbols as CTC does: repeats collapse, blanks vanish. Returns how many are
 * left in `symbols`, which has room for as many as there are frames. */
size_t ee_greedy(const struct ee_posteriors *posteriors, uint16_t *symbols);

/* How sure the symbols are: each is as likely as in its best frame. */
struct ee_symbol_sureness {
    size_t count;
    double least;  /* probability of the most doubtful one; 0 where there is none */
    double errors; /* the sum of 1 - p; as many as there are frames where there is none */
};

struct ee_symbol_sureness ee_symbol_sureness(const struct ee_posteriors *posteriors);

/* The Levenshtein distance of two readings. `row` has room for one more than `before` has. */
size_t ee_edits(const uint16_t *before, size_t before_count, const uint16_t *here,
                size_t here_count, uint16_t *row);

#endif
