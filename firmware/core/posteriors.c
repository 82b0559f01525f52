#include "posteriors.h"

#include <math.h>

static size_t place_of_highest(const float *values, size_t count)
{
    size_t highest = 0;
    for (size_t at = 1; at < count; at++) {
        if (values[at] > values[highest]) {
            highest = at;
        }
    }
    return highest;
}

/* The logarithm is never taken of a probability, which may have become 0. */
static void softmax(float *log_probs, float *probs, const float *logits, size_t symbols)
{
    const float highest = logits[place_of_highest(logits, symbols)];
    double total = 0.0;
    for (size_t at = 0; at < symbols; at++) {
        log_probs[at] = logits[at] - highest;
        probs[at] = expf(log_probs[at]);
        total += (double)probs[at];
    }
    const float log_total = logf((float)total);
    for (size_t at = 0; at < symbols; at++) {
        log_probs[at] -= log_total;
        probs[at] /= (float)total;
    }
}

static void exponentials(float *log_probs, float *probs, const float *given, size_t symbols)
{
    for (size_t at = 0; at < symbols; at++) {
        log_probs[at] = given[at];
        probs[at] = expf(given[at]);
    }
}

/* False for NaN as well, which must never be read as "go on". */
static bool is_distribution(const float *probs, size_t symbols)
{
    double total = 0.0;
    for (size_t at = 0; at < symbols; at++) {
        total += (double)probs[at];
    }
    return fabs(total - 1.0) <= EE_SUM_TOLERANCE;
}

bool ee_posteriors_of(struct ee_posteriors *posteriors, const struct ee_workspace *workspace,
                      const float *values, size_t frames, size_t symbols, bool logits)
{
    if (frames == 0 || symbols < 2 || symbols > UINT16_MAX) {
        return false;
    }
    for (size_t frame = 0; frame < frames; frame++) {
        const size_t first = frame * symbols;
        float *log_probs = workspace->log_probs + first;
        float *probs = workspace->probs + first;
        if (logits) {
            softmax(log_probs, probs, values + first, symbols);
        } else {
            exponentials(log_probs, probs, values + first, symbols);
        }
        if (!is_distribution(probs, symbols)) {
            return false;
        }
        workspace->likeliest[frame] = (uint16_t)place_of_highest(log_probs, symbols);
        workspace->highest[frame] = probs[place_of_highest(probs, symbols)];
    }
    *posteriors = (struct ee_posteriors){
        .frames = frames,
        .symbols = symbols,
        .log_probs = workspace->log_probs,
        .probs = workspace->probs,
        .highest = workspace->highest,
        .likeliest = workspace->likeliest,
    };
    return true;
}
