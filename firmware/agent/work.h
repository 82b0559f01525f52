/* A loaded bundle, an operating point that may change between utterances, and what was run. */
#ifndef EE_WORK_H
#define EE_WORK_H

#include "calibration.h"
#include "recogniser.h"

enum {
    EE_RESULTS_KEPT = 64,  /* in case that the link broke before the host had them */
    EE_FACTORS_KEPT = 20, /* utterances of which the share of computing is the mean */
};

/* An utterance's result, and the operating point that it ran at. */
struct ee_ran {
    bool known;
    uint32_t utterance;
    struct ee_heard heard;
    char point[EE_POINT_SIZE];
};

struct ee_work {
    struct ee_bundle bundle;
    struct ee_recogniser recogniser;
    char point[EE_POINT_SIZE];
    uint8_t deepest;
    struct ee_ran results[EE_RESULTS_KEPT];
    size_t kept; /* where the next one goes */
    double factors[EE_FACTORS_KEPT];
    uint32_t utterances;
};

/* Loads a bundle, at an operating point ("" for the fullest). NULL: it cannot be. */
struct ee_work *ee_work_begin(const char *path, const char *board, const char *point,
                              struct ee_runtime *runtime, struct ee_error *error);
void ee_work_end(struct ee_work *work);

/* Runs the next utterance at another point, through no more than `deepest` blocks (0: all). False:
 * there is no such point, or no exit that shallow; it runs on as before. */
bool ee_work_set_point(struct ee_work *work, const char *point, uint8_t deepest,
                       struct ee_error *error);

/* Returns the result of an utterance that was run already, or NULL. */
const struct ee_ran *ee_work_known(const struct ee_work *work, uint32_t utterance);

/* Forgets all results: another host counts its utterances anew. */
void ee_work_forget(struct ee_work *work);

/* Recognises an utterance of 16-bit samples. NULL: it cannot be. */
const struct ee_ran *ee_work_run(struct ee_work *work, uint32_t utterance, const int16_t *samples,
                                 size_t count, struct ee_error *error);

/* Returns the seconds of computing for a second of sound, lately, or NaN. */
double ee_work_factor(const struct ee_work *work);

#endif
