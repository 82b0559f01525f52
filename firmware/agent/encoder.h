/* The encoder: runs blocks only when the next exit is asked for.
 *
 * To leave early is to ask no more. A part is loaded when it is first run at a length; when another
 * length is wanted, what was loaded is given back. */
#ifndef EE_ENCODER_H
#define EE_ENCODER_H

#include "bundle.h"
#include "mapping.h"
#include "runtime.h"

struct ee_encoder_part {
    struct ee_mapping file;
    struct ee_part *part;
};

struct ee_encoder {
    const struct ee_bundle *bundle;
    struct ee_runtime *runtime;
    struct ee_arena arena;
    double loading_s; /* spent on loading so far, which is no part of the running */

    uint32_t bucket; /* the length that is loaded, in encoder frames, or 0 */
    struct ee_encoder_part frontend, blocks[EE_MOST_BLOCKS], branches[EE_MOST_EXITS];

    float *features; /* padded: [longest][width] of the largest bucket */
    float *feature_mask, *mask;
    float *hidden, *next; /* [bucket][dim] */
    struct ee_workspace workspace;
    struct ee_symbol_memory symbols;

    /* Of the utterance that is run: */
    size_t frames, blocks_run, exits_run;
};

/* False: there is no memory. The bundle and the runtime must stay. */
bool ee_encoder_begin(struct ee_encoder *encoder, const struct ee_bundle *bundle,
                      struct ee_runtime *runtime, struct ee_error *error);
void ee_encoder_end(struct ee_encoder *encoder);

/* Returns where the features of so many frames go, or NULL if no length holds them. */
float *ee_encoder_features(struct ee_encoder *encoder, size_t feature_frames,
                           struct ee_error *error);

/* Runs the front end over them: an utterance begins. */
bool ee_encoder_start(struct ee_encoder *encoder, size_t feature_frames, struct ee_error *error);

/* Runs the blocks up to the next exit. */
bool ee_encoder_advance(struct ee_encoder *encoder, struct ee_error *error);

/* Runs the branch of the exit that was reached. */
bool ee_encoder_read(struct ee_encoder *encoder, struct ee_posteriors *posteriors,
                     struct ee_error *error);

#endif
