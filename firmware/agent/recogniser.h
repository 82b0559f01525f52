/* The recogniser: sound -> text, with no more blocks than the policy asks for. */
#ifndef EE_RECOGNISER_H
#define EE_RECOGNISER_H

#include "encoder.h"

/* What was said, and what it took to find out: of one piece of sound, or of several if it was too
 * long for the encoder. `edge/recogniser.py` says what the fields mean. */
struct ee_heard {
    char *text; /* UTF-8; to be freed */
    size_t text_size;
    uint8_t exit;
    double blocks;
    double duration_s, latency_s, loading_s;
    double score; /* NaN where nothing was scored */
};

struct ee_recogniser {
    const struct ee_bundle *bundle;
    struct ee_encoder encoder;
    struct ee_logmel logmel;
    struct ee_policy policy;
    float *energies;
};

bool ee_recogniser_begin(struct ee_recogniser *recogniser, const struct ee_bundle *bundle,
                         struct ee_runtime *runtime, struct ee_error *error);
void ee_recogniser_end(struct ee_recogniser *recogniser);

/* Recognises samples of 16 bits at the bundle's rate. */
bool ee_recognise(struct ee_recogniser *recogniser, const int16_t *samples, size_t count,
                  struct ee_heard *heard, struct ee_error *error);

#endif
