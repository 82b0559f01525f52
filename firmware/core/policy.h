/* Policies: at an exit, leave or go on. `edge/policy/` says whose they are. */
#ifndef EE_POLICY_H
#define EE_POLICY_H

#include "reading.h"

/* A set of exits, a bit each. */
struct ee_exit_set {
    uint32_t bits[8];
};

void ee_exit_add(struct ee_exit_set *set, uint8_t exit);
bool ee_exit_in(const struct ee_exit_set *set, uint8_t exit);

/* How a sign is brought to the scale on which it is weighed. */
enum ee_transform { EE_PLAIN, EE_LOG_OF, EE_LOGIT_OF };

struct ee_sign {
    uint8_t score;
    uint8_t transform;
    double floor;
};

/* One exit's weights over S signs: of 2 S numbers, each sign and its change. */
struct ee_exit_weights {
    uint8_t exit;
    double bias;
    const double *mean;   /* [2 S] */
    const double *scale;  /* [2 S] */
    const double *linear; /* [2 S] */
    const double *square; /* [S] */
};

enum ee_policy_kind {
    EE_FIXED,     /* at `deepest` */
    EE_THRESHOLD, /* where the score is as sure as the threshold; on `edit_rate`: agreement */
    EE_PATIENCE,  /* once the text has changed by no more than `spread` for `length` exits */
    EE_WINDOW_SIDE,  /* sure, or in the last `length` exits as sure as `side` */
    EE_WINDOW_TREND, /* or ever surer from `side` on */
    EE_WINDOW_RANGE, /* or as sure as `side` and within `spread` of each other */
    EE_LEARNT,    /* where the weights say that going on is not worth it */
};

/* A policy. It leaves at `deepest` in any case, and before it at none but `exits`. */
struct ee_policy {
    enum ee_policy_kind kind;
    uint8_t deepest;
    uint8_t score; /* by which it decides, or that it reports */
    uint8_t length;
    double threshold;
    double side;
    double spread;
    struct ee_exit_set exits;
    const struct ee_sign *signs;
    size_t sign_count;
    const struct ee_exit_weights *weights;
    size_t weight_count;
};

enum ee_decision {
    EE_GO_ON,
    EE_LEAVE,
    EE_BROKEN, /* a score is no number, which must never be read as "go on" */
};

/* Decides at an exit, from its reading and those before it. */
enum ee_decision ee_decide(const struct ee_policy *policy, const struct ee_reading *reading);

/* Returns the scores that it reads, its own among them. */
ee_score_set ee_policy_scores(const struct ee_policy *policy);

/* Tells whether an exit has to be read: for its text, for its scores, or because a later exit is
 * compared with it. At the others no branch need run. */
bool ee_policy_needs(const struct ee_policy *policy, uint8_t exit);

/* Tells whether a value of a score is at least as sure as a threshold. */
bool ee_is_sure(uint8_t score, double value, double threshold);

/* Tells whether any value is: if not, or if it is NaN, a policy on it would never fire. */
bool ee_can_reach(uint8_t score, double threshold);

/* Leaves no deeper than `most` blocks from now on. False: no exit of the encoder is that shallow. */
bool ee_policy_cap(struct ee_policy *policy, uint8_t most, const uint8_t *exits, size_t count);

#endif
