/* A bundle: the folder `NAME.eedge/`, opened only if it is what was written. */
#ifndef EE_BUNDLE_H
#define EE_BUNDLE_H

#include "error.h"
#include "logmel.h"
#include "mapping.h"
#include "ngrams.h"
#include "policy.h"
#include "sealed.h"
#include "text.h"

enum {
    EE_MOST_BLOCKS = 96,
    EE_MOST_BUCKETS = 64,
    EE_MOST_POINTS = 32,
    EE_NAME_SIZE = 256, /* of a file's name, with its 0 */
    EE_POINT_SIZE = 65, /* of an operating point's name, with its 0 */
};

/* An operating point that was calibrated. */
struct ee_point {
    char name[EE_POINT_SIZE];
    struct ee_policy policy;
    const char *missing; /* a score that it goes by and that is not computed here, or NULL */
};

/* What stands in the manifest and is needed here, and the operating points for one board. */
struct ee_bundle {
    char path[2048];
    struct ee_arena arena;
    uint8_t identity[EE_SHA256_SIZE];
    struct ee_logmel_settings features;
    bool reads_samples; /* the front end reads samples, and no log-mel frames */
    bool normalise;     /* these, over the utterance */
    uint32_t subsampling, window, dim, vocabulary;
    uint32_t buckets[EE_MOST_BUCKETS];
    size_t bucket_count;
    char frontend[EE_NAME_SIZE];
    char blocks[EE_MOST_BLOCKS][EE_NAME_SIZE];
    size_t block_count;
    uint8_t exits[EE_MOST_EXITS];
    char branches[EE_MOST_EXITS][EE_NAME_SIZE];
    size_t exit_count;
    bool compiled; /* for an accelerator: there is a `compiled.json` */
    char recipe[64], units[64];
    struct ee_tokens tokens;
    struct ee_mapping ngrams_file; /* of size 0 where the text that it learnt from is not known */
    struct ee_ngrams ngrams;
    struct ee_point points[EE_MOST_POINTS];
    size_t point_count;
};

/* Opens the bundle at a path: checks size and SHA-256 of every file (`verify`: leave it out only
 * where that was done just before), and then reads what it needs. The points are those for `board`,
 * if the bundle is calibrated for it. */
bool ee_bundle_open(struct ee_bundle *bundle, const char *path, const char *board, bool verify,
                    struct ee_error *error);
void ee_bundle_close(struct ee_bundle *bundle);

/* Returns what occurs in the text that the encoder learnt from, or NULL if that is not known. */
const struct ee_ngrams *ee_bundle_ngrams(const struct ee_bundle *bundle);

/* Returns how many encoder frames hold nothing but so many feature frames. */
size_t ee_bundle_frames(const struct ee_bundle *bundle, size_t feature_frames);

/* Returns the most feature frames that make no more than so many encoder frames. */
size_t ee_bundle_longest(const struct ee_bundle *bundle, size_t frames);

/* Returns the numbers of a feature frame, and its length in seconds. */
size_t ee_bundle_width(const struct ee_bundle *bundle);
double ee_bundle_hop(const struct ee_bundle *bundle);

#endif
