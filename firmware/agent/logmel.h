/* Sound -> log-mel frames, as `edge/features.py` has them: Kaldi's numbers.
 *
 * What depends on the order of operations is computed in double there and here, and rounded at the
 * end: so the floats are the same, although neither knows how the other adds. */
#ifndef EE_LOGMEL_H
#define EE_LOGMEL_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Frequencies in Hz, window and hop in seconds. */
struct ee_logmel_settings {
    uint32_t sample_rate;
    uint32_t n_mels;
    double low_hz, high_hz;
    double window_s, hop_s;
    bool subtract_mean;
};

/* What is worked out once for the settings. */
struct ee_logmel {
    struct ee_logmel_settings settings;
    size_t window, hop; /* in samples */
    size_t size;        /* of the FFT */
    float *shape;       /* [window], Kaldi's "povey" window */
    double *cosines;    /* [size / 2] */
    double *sines;      /* [size / 2] */
    size_t *first;      /* [n_mels], each filter's first bin */
    size_t *count;      /* [n_mels], and how many it has */
    double *weights;    /* of all filters, one behind the other */
    double *workspace;  /* for some frames side by side */
    double *sums;       /* [n_mels], of the logarithms of an utterance */
};

/* False: there is no memory, or the settings are beyond what is computed here. */
bool ee_logmel_begin(struct ee_logmel *logmel, const struct ee_logmel_settings *settings,
                       struct ee_arena *arena);

/* Returns how many frames so many samples make. */
size_t ee_logmel_frames(const struct ee_logmel *logmel, size_t samples);

/* Writes f32[frames][n_mels]: natural logarithms, floored; less each band's mean if so set. */
void ee_logmel_of(const struct ee_logmel *logmel, const float *samples, size_t count,
                    float *frames);

#endif
