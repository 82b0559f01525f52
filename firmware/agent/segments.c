#include "segments.h"

#include <math.h>

static const double step_s = 0.01;
static const double last_part = 0.5;
enum { PAUSE_STEPS = 20 }; /* 0.2 s: longer than the closure of a stop */

static double step_energy(const float *samples, size_t step, size_t number)
{
    double sum = 0.0;
    for (size_t at = number * step; at < (number + 1) * step; at++) {
        sum += (double)samples[at] * (double)samples[at];
    }
    return sum;
}

/* Returns the sample in the middle of the quietest stretch of the last part; of two, the last. */
static size_t quietest(const float *samples, size_t count, unsigned sample_rate)
{
    const double wanted = fmax(1.0, rint(step_s * sample_rate));
    const size_t step = (size_t)wanted;
    const size_t steps = count / step;
    if (steps < PAUSE_STEPS) {
        return count;
    }
    const size_t stretches = steps - PAUSE_STEPS + 1;
    const size_t first = (size_t)(last_part * (double)stretches);
    double least = INFINITY;
    size_t found = first;
    for (size_t at = first; at < stretches; at++) {
        double energy = 0.0;
        for (size_t within = 0; within < PAUSE_STEPS; within++) {
            energy += step_energy(samples, step, at + within);
        }
        if (energy <= least) {
            least = energy;
            found = at;
        }
    }
    return (found + PAUSE_STEPS / 2) * step;
}

size_t ee_next_piece(const float *samples, size_t count, size_t longest, unsigned sample_rate)
{
    return count > longest ? quietest(samples, longest, sample_rate) : count;
}
