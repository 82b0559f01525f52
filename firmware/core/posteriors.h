/* What an exit puts out: of each frame, the probabilities of the symbols and their logarithms. */
#ifndef EE_POSTERIORS_H
#define EE_POSTERIORS_H

#include "generated.h"

/* One exit's output; all memory is the caller's. Frames that are padding are not among these. */
struct ee_posteriors {
    size_t frames;
    size_t symbols;
    const float *log_probs; /* [frames][symbols], natural logarithms, blank included */
    const float *probs;     /* [frames][symbols], their exponentials */
    const float *highest;   /* [frames], the likeliest symbol's probability */
    const uint16_t *likeliest; /* [frames], the symbol whose log-probability is the highest */
};

/* Where an exit's output goes. */
struct ee_workspace {
    float *log_probs;    /* [frames][symbols] */
    float *probs;        /* [frames][symbols] */
    float *highest;      /* [frames] */
    uint16_t *likeliest; /* [frames] */
};

/* Takes log-probabilities as they are, or, where `logits` is set, makes them of logits; these may
 * lie in `workspace.log_probs` already. False: a frame is no distribution, or there is none; such
 * an output has no score. */
bool ee_posteriors_of(struct ee_posteriors *posteriors, const struct ee_workspace *workspace,
                      const float *values, size_t frames, size_t symbols, bool logits);

#endif
