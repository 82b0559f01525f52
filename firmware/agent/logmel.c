#include "logmel.h"

#include "fft.h"
#include "generated.h"

#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

enum { LONGEST_WINDOW = 1 << 15, MOST_MELS = 1024 };

static double mel(double hz)
{
    return 1127.0 * log1p(hz / 700.0);
}

/* The weight of a bin in a filter, triangular in mel. */
static double weight_of(const struct ee_logmel *logmel, size_t filter, size_t bin)
{
    const struct ee_logmel_settings *settings = &logmel->settings;
    const double low = mel(settings->low_hz), high = mel(settings->high_hz);
    const double step = (high - low) / (settings->n_mels + 1);
    const double left = low + (double)filter * step;
    const double place = mel((double)bin * settings->sample_rate / (double)logmel->size);
    const double rising = (place - left) / step;
    const double falling = (left + 2 * step - place) / step;
    return fmax(0.0, fmin(rising, falling));
}

static size_t fill_filter(struct ee_logmel *logmel, size_t filter, double *weights)
{
    size_t used = 0;
    for (size_t bin = 0; bin < logmel->size / 2; bin++) {
        const double weight = weight_of(logmel, filter, bin);
        if (weight > 0.0) {
            if (used == 0) {
                logmel->first[filter] = bin;
            }
            weights[used++] = weight;
        }
    }
    logmel->count[filter] = used;
    return used;
}

static bool take_memory(struct ee_logmel *logmel, struct ee_arena *arena)
{
    const size_t mels = logmel->settings.n_mels;
    logmel->shape = ee_arena_take(arena, logmel->window, sizeof(float));
    logmel->cosines = ee_arena_take(arena, logmel->size / 2 + 1, sizeof(double));
    logmel->sines = ee_arena_take(arena, logmel->size / 2 + 1, sizeof(double));
    logmel->first = ee_arena_take(arena, mels, sizeof(size_t));
    logmel->count = ee_arena_take(arena, mels, sizeof(size_t));
    /* No bin lies in more than two filters. */
    logmel->weights = ee_arena_take(arena, logmel->size, sizeof(double));
    logmel->workspace = ee_arena_take(arena, logmel->size * EE_LANES, sizeof(double));
    logmel->sums = ee_arena_take(arena, mels, sizeof(double));
    return logmel->shape && logmel->cosines && logmel->sines && logmel->first &&
           logmel->count && logmel->weights && logmel->workspace && logmel->sums;
}

bool ee_logmel_begin(struct ee_logmel *logmel, const struct ee_logmel_settings *settings,
                       struct ee_arena *arena)
{
    const double window = rint(settings->window_s * settings->sample_rate);
    const double hop = rint(settings->hop_s * settings->sample_rate);
    if (!(window >= 2 && window <= LONGEST_WINDOW && hop >= 1 && hop <= window) ||
        settings->n_mels == 0 || settings->n_mels > MOST_MELS) {
        return false;
    }
    *logmel = (struct ee_logmel){
        .settings = *settings, .window = (size_t)window, .hop = (size_t)hop, .size = 8};
    while (logmel->size < logmel->window) {
        logmel->size *= 2;
    }
    if (!take_memory(logmel, arena)) {
        return false;
    }
    for (size_t at = 0; at < logmel->window; at++) {
        const double hann = 0.5 - 0.5 * cos(2 * pi * (double)at / (window - 1));
        logmel->shape[at] = (float)pow(hann, 0.85);
    }
    for (size_t at = 0; at <= logmel->size / 2; at++) {
        const double angle = 2 * pi * (double)at / (double)logmel->size;
        logmel->cosines[at] = cos(angle);
        logmel->sines[at] = sin(angle);
    }
    double *weights = logmel->weights;
    for (size_t filter = 0; filter < settings->n_mels; filter++) {
        weights += fill_filter(logmel, filter, weights);
    }
    return true;
}

size_t ee_logmel_frames(const struct ee_logmel *logmel, size_t samples)
{
    return (samples + logmel->hop / 2) / logmel->hop;
}

/* The sample at a place that may lie before the sound or behind it, where it is mirrored. */
static float mirrored(const float *samples, size_t count, ptrdiff_t place)
{
    const ptrdiff_t period = 2 * (ptrdiff_t)count;
    ptrdiff_t within = place % period;
    within = within < 0 ? within + period : within;
    return samples[within < (ptrdiff_t)count ? within : period - 1 - within];
}

/* Writes one frame, emphasised and windowed, into its lane. */
static void take_frame(const struct ee_logmel *logmel, const float *samples, size_t count,
                       ptrdiff_t begin, double *lane)
{
    const float emphasis = (float)EE_PREEMPHASIS;
    const size_t window = logmel->window;
    const bool inside = begin > 0 && (size_t)begin + window <= count;
    double sum = 0.0;
    for (size_t at = 0; at < window; at++) {
        const ptrdiff_t place = begin + (ptrdiff_t)at;
        sum += (double)(inside ? samples[place] : mirrored(samples, count, place));
    }
    /* Kaldi takes the mean away before it emphasises; what is left of it after that is this. */
    const float offset = (float)(sum * ((double)(1.0f - emphasis) / (double)window));
    float last = 0.0f; /* the window's first weight is 0 */
    for (size_t at = 0; at < window; at++) {
        const ptrdiff_t place = begin + (ptrdiff_t)at;
        const float sample = inside ? samples[place] : mirrored(samples, count, place);
        const float emphasised = sample - emphasis * last;
        lane[at * EE_LANES] = (double)((emphasised - offset) * logmel->shape[at]);
        last = sample;
    }
}

static void take_bands(const struct ee_logmel *logmel, const double *power, size_t lanes,
                       float *frames)
{
    const size_t mels = logmel->settings.n_mels;
    const double *weights = logmel->weights;
    for (size_t filter = 0; filter < mels; filter++) {
        double energies[EE_LANES] = {0};
        for (size_t at = 0; at < logmel->count[filter]; at++) {
            const double weight = *weights++;
            const double *bin = power + (logmel->first[filter] + at) * EE_LANES;
            for (size_t lane = 0; lane < EE_LANES; lane++) {
                energies[lane] += weight * bin[lane];
            }
        }
        for (size_t lane = 0; lane < lanes; lane++) {
            const double logarithm = log(fmax(energies[lane], EE_ENERGY_FLOOR));
            logmel->sums[filter] += logarithm;
            frames[lane * mels + filter] = (float)logarithm;
        }
    }
}

static void subtract_mean(float *frames, size_t count, size_t mels, const double *sums)
{
    for (size_t band = 0; band < mels; band++) {
        const float mean = (float)(sums[band] / (double)count);
        for (size_t frame = 0; frame < count; frame++) {
            frames[frame * mels + band] -= mean;
        }
    }
}

void ee_logmel_of(const struct ee_logmel *logmel, const float *samples, size_t count,
                    float *frames)
{
    const size_t mels = logmel->settings.n_mels;
    const size_t total = ee_logmel_frames(logmel, count);
    const ptrdiff_t before = (ptrdiff_t)(logmel->window / 2) - (ptrdiff_t)(logmel->hop / 2);
    double *workspace = logmel->workspace;
    memset(logmel->sums, 0, mels * sizeof *logmel->sums);
    for (size_t first = 0; first < total; first += EE_LANES) {
        const size_t lanes = total - first < EE_LANES ? total - first : EE_LANES;
        memset(workspace, 0, logmel->size * EE_LANES * sizeof *workspace);
        for (size_t lane = 0; lane < lanes; lane++) {
            const ptrdiff_t begin = (ptrdiff_t)((first + lane) * logmel->hop) - before;
            take_frame(logmel, samples, count, begin, workspace + lane);
        }
        ee_fft_power(workspace, logmel->size, logmel->cosines, logmel->sines);
        take_bands(logmel, workspace, lanes, frames + first * mels);
    }
    if (logmel->settings.subtract_mean && total > 0) {
        subtract_mean(frames, total, mels, logmel->sums);
    }
}
