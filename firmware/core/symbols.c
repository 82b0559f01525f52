#include "symbols.h"

size_t ee_greedy(const struct ee_posteriors *posteriors, uint16_t *symbols)
{
    size_t count = 0;
    for (size_t frame = 0; frame < posteriors->frames; frame++) {
        const uint16_t symbol = posteriors->likeliest[frame];
        const bool repeated = frame > 0 && posteriors->likeliest[frame - 1] == symbol;
        if (symbol != EE_BLANK && !repeated) {
            symbols[count++] = symbol;
        }
    }
    return count;
}

static void count_symbol(struct ee_symbol_sureness *sureness, float best)
{
    const float doubt = 1.0f - (best < 1.0f ? best : 1.0f);
    if (sureness->count == 0 || (double)best < sureness->least) {
        sureness->least = (double)best;
    }
    sureness->errors += (double)doubt;
    sureness->count++;
}

struct ee_symbol_sureness ee_symbol_sureness(const struct ee_posteriors *posteriors)
{
    struct ee_symbol_sureness sureness = {0};
    float best = 0.0f;
    for (size_t frame = 0; frame < posteriors->frames; frame++) {
        const uint16_t symbol = posteriors->likeliest[frame];
        const float highest = posteriors->highest[frame];
        const bool begins = frame == 0 || posteriors->likeliest[frame - 1] != symbol;
        const bool ends =
            frame + 1 == posteriors->frames || posteriors->likeliest[frame + 1] != symbol;
        best = begins || highest > best ? highest : best;
        if (ends && symbol != EE_BLANK) {
            count_symbol(&sureness, best);
        }
    }
    if (sureness.count == 0) {
        sureness.errors = (double)posteriors->frames;
    }
    return sureness;
}

size_t ee_edits(const uint16_t *before, size_t before_count, const uint16_t *here,
                size_t here_count, uint16_t *row)
{
    for (size_t at = 0; at <= before_count; at++) {
        row[at] = (uint16_t)at;
    }
    for (size_t line = 0; line < here_count; line++) {
        uint16_t diagonal = row[0];
        row[0] = (uint16_t)(line + 1);
        for (size_t at = 0; at < before_count; at++) {
            const uint16_t above = row[at + 1];
            uint16_t least = (uint16_t)(diagonal + (before[at] != here[line]));
            least = above < least ? (uint16_t)(above + 1) : least;
            least = row[at] < least ? (uint16_t)(row[at] + 1) : least;
            row[at + 1] = least;
            diagonal = above;
        }
    }
    return row[before_count];
}
