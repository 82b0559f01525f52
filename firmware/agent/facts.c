#include "facts.h"

#include <math.h>
#include <stdlib.h>

static const double quietest = 1e-10; /* mean square, -100 dBFS */
static const double stretch_s = 0.010;

static double mean_square(const float *samples, size_t count)
{
    double sum = 0.0;
    for (size_t at = 0; at < count; at++) {
        sum += (double)samples[at] * (double)samples[at];
    }
    return sum / (double)count;
}

/* The mean of each frame of log-mel energies. */
static size_t frame_energies(const float *features, size_t frames, size_t width, float *energies)
{
    for (size_t frame = 0; frame < frames; frame++) {
        double sum = 0.0;
        for (size_t at = 0; at < width; at++) {
            sum += (double)features[frame * width + at];
        }
        energies[frame] = (float)(sum / (double)width);
    }
    return frames;
}

/* The log energy of each 10 ms of samples. */
static size_t sample_energies(const float *samples, size_t count, double rate, float *energies)
{
    const double wanted = fmax(1.0, rint(stretch_s * rate));
    const size_t length = wanted < (double)count ? (size_t)wanted : count;
    const size_t stretches = count / length;
    for (size_t at = 0; at < stretches; at++) {
        energies[at] = (float)log(fmax(mean_square(samples + at * length, length), quietest));
    }
    return stretches;
}

static int ascending(const void *one, const void *other)
{
    const float a = *(const float *)one, b = *(const float *)other;
    return (a > b) - (a < b);
}

struct ee_facts ee_facts_of(const struct ee_bundle *bundle, const float *samples, size_t count,
                            const float *features, size_t frames, float *energies)
{
    const size_t found =
        bundle->reads_samples
            ? sample_energies(features, frames, bundle->features.sample_rate, energies)
            : frame_energies(features, frames, ee_bundle_width(bundle), energies);
    qsort(energies, found, sizeof *energies, ascending);
    const double last = (double)(found - 1);
    const float quiet = energies[(size_t)rint(0.1 * last)];
    const float loud = energies[(size_t)rint(0.9 * last)];
    return (struct ee_facts){
        .duration_s = (double)frames * ee_bundle_hop(bundle),
        .level = 10 * log10(fmax(mean_square(samples, count), quietest)),
        .level_spread = (double)(loud - quiet),
    };
}
