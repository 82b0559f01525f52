#include "scores.h"

#include <float.h>
#include <math.h>

/* Rounding can leave a sum of probabilities above 1. */
static double mean(double sum, size_t count)
{
    const double mean = sum / (double)count;
    return mean > 1.0 ? 1.0 : mean;
}

static double frame_entropy(const struct ee_posteriors *posteriors, size_t frame)
{
    const float *log_probs = posteriors->log_probs + frame * posteriors->symbols;
    const float *probs = posteriors->probs + frame * posteriors->symbols;
    double sum = 0.0;
    for (size_t at = 0; at < posteriors->symbols; at++) {
        /* -infinity times 0 would be NaN, where the limit is 0. */
        const float finite = log_probs[at] < -FLT_MAX ? -FLT_MAX : log_probs[at];
        sum -= (double)(probs[at] * finite);
    }
    return sum;
}

double ee_entropy_nats(const struct ee_posteriors *posteriors)
{
    double sum = 0.0;
    for (size_t frame = 0; frame < posteriors->frames; frame++) {
        sum += frame_entropy(posteriors, frame);
    }
    return fmax(0.0, sum / (double)posteriors->frames);
}

/* Goes by the probabilities: of two that have become the same, the first is the likeliest. */
static bool is_spoken(const struct ee_posteriors *posteriors, size_t frame)
{
    return posteriors->probs[frame * posteriors->symbols + EE_BLANK] < posteriors->highest[frame];
}

double ee_nonblank_entropy_nats(const struct ee_posteriors *posteriors)
{
    double sum = 0.0;
    size_t spoken = 0;
    for (size_t frame = 0; frame < posteriors->frames; frame++) {
        if (is_spoken(posteriors, frame)) {
            sum += frame_entropy(posteriors, frame);
            spoken++;
        }
    }
    return spoken > 0 ? fmax(0.0, sum / (double)spoken) : log((double)posteriors->symbols);
}

double ee_mean_max_probability(const struct ee_posteriors *posteriors)
{
    double sum = 0.0;
    for (size_t frame = 0; frame < posteriors->frames; frame++) {
        sum += (double)posteriors->highest[frame];
    }
    return mean(sum, posteriors->frames);
}

/* Returns the lowest probability above `floor`, and in how many frames it stands. */
static float next_lowest(const struct ee_posteriors *posteriors, float floor, size_t *count)
{
    float lowest = INFINITY;
    *count = 0;
    for (size_t frame = 0; frame < posteriors->frames; frame++) {
        const float highest = posteriors->highest[frame];
        if (highest <= floor || highest > lowest) {
            continue;
        }
        *count = highest < lowest ? 1 : *count + 1;
        lowest = highest;
    }
    return lowest;
}

double ee_low_decile_max_probability(const struct ee_posteriors *posteriors)
{
    const size_t wanted = (posteriors->frames + 9) / 10;
    double sum = 0.0;
    float lowest = -1.0f;
    /* Again and again over the frames rather than sorting them: it needs no memory. */
    for (size_t left = wanted; left > 0;) {
        size_t count;
        lowest = next_lowest(posteriors, lowest, &count);
        const size_t taken = count < left ? count : left;
        sum += (double)lowest * (double)taken;
        left -= taken;
    }
    return mean(sum, wanted);
}

double ee_mean_margin(const struct ee_posteriors *posteriors)
{
    double sum = 0.0;
    for (size_t frame = 0; frame < posteriors->frames; frame++) {
        const float *probs = posteriors->probs + frame * posteriors->symbols;
        float first = probs[0] > probs[1] ? probs[0] : probs[1];
        float second = probs[0] > probs[1] ? probs[1] : probs[0];
        for (size_t at = 2; at < posteriors->symbols; at++) {
            if (probs[at] > first) {
                second = first;
                first = probs[at];
            } else if (probs[at] > second) {
                second = probs[at];
            }
        }
        sum += (double)(first - second);
    }
    return mean(sum, posteriors->frames);
}
