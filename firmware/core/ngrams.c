#include "ngrams.h"

#include "generated.h"

#include <string.h>

enum { HEAD = 8 };

static const char magic[4] = {'E', 'E', 'N', 'G'};

bool ee_ngrams_open(struct ee_ngrams *ngrams, const uint8_t *content, size_t size)
{
    if (size < HEAD || memcmp(content, magic, sizeof magic) != 0 ||
        content[4] != EE_NGRAMS_VERSION || content[5] == 0 || content[5] > EE_NGRAMS_LONGEST ||
        content[6] < EE_NGRAMS_LEAST_BITS || content[6] > EE_NGRAMS_MOST_BITS ||
        size != HEAD + ((size_t)1 << content[6]) / 8) {
        return false;
    }
    *ngrams = (struct ee_ngrams){.seen = content + HEAD, .order = content[5], .bits = content[6]};
    return true;
}

/* The symbol at a place of a text that has blanks before it and behind. */
static uint16_t symbol_at(const uint16_t *symbols, size_t count, size_t place, size_t before)
{
    return place < before || place - before >= count ? EE_BLANK : symbols[place - before];
}

double ee_unseen_ngrams(const struct ee_ngrams *ngrams, const uint16_t *symbols, size_t count)
{
    if (count == 0) {
        return 1.0;
    }
    size_t seen = 0;
    for (size_t start = 0; start <= count; start++) {
        uint64_t hash = 0;
        for (size_t place = start; place < start + ngrams->order; place++) {
            const uint16_t symbol = symbol_at(symbols, count, place, ngrams->order - 1u);
            hash = (hash + symbol + 1u) * EE_NGRAMS_FACTOR;
        }
        const uint64_t bit = hash >> (64 - ngrams->bits);
        seen += (ngrams->seen[bit / 8] >> bit % 8) & 1u;
    }
    return 1.0 - (double)seen / (double)(count + 1);
}
