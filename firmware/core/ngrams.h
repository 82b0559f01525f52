/* Which sequences of symbols occur in the text that an encoder has learnt from: `edge/ngrams.py`. */
#ifndef EE_NGRAMS_H
#define EE_NGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A set of sequences of `order` symbols: 2^bits bits by their hash, the lowest of a byte first. */
struct ee_ngrams {
    const uint8_t *seen;
    uint8_t order, bits;
};

/* Takes a file's content, which must stay where it is. False: it is no such table. */
bool ee_ngrams_open(struct ee_ngrams *ngrams, const uint8_t *content, size_t size);

/* Returns which share of a text's sequences was never seen; 1 for a text without symbols. */
double ee_unseen_ngrams(const struct ee_ngrams *ngrams, const uint16_t *symbols, size_t count);

#endif
