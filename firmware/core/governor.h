/* The governor: battery, temperature and load say how deep the next utterance may go.
 *
 * Nothing here reads a clock or a device: the same state at the same time, after the same past,
 * gives the same decision, which is that of `firmware_host/governor/`. */
#ifndef EE_GOVERNOR_H
#define EE_GOVERNOR_H

#include "demand.h"
#include "drain.h"
#include "heat.h"

enum { EE_MOST_RUNGS = 32 };

/* An operating point as the governor sees it: what it computes for an utterance, as a share of
 * what full depth computes, and its word error rate in percent. */
struct ee_rung {
    double load;
    double wer;
};

/* What there is to choose among, from the deepest to the least, each of less load than the one
 * before it, and what must be kept. */
struct ee_governor {
    struct ee_rung rungs[EE_MOST_RUNGS];
    size_t rung_count;
    uint8_t hull[EE_MOST_RUNGS]; /* the rungs on the lower convex hull of WER over load */
    size_t hull_count;
    struct ee_limits limits;
};

/* What the governor remembers from one decision to the next. */
struct ee_past {
    bool decided;
    size_t rung;
    double since;
    struct ee_heat heat;
    struct ee_drain drain;
    struct ee_demand demand;
};

/* A value and when it was read. */
struct ee_sensed {
    bool known;
    double value, at;
};

enum ee_charging { EE_NOT_CHARGING, EE_CHARGING, EE_CHARGING_UNKNOWN };

/* The device as it is; what is not known counts as bad. */
struct ee_state {
    struct ee_sensed celsius;  /* the hottest of its temperatures */
    struct ee_sensed battery;  /* percent */
    struct ee_sensed slowdown; /* time of a computation over its time when cool */
    enum ee_charging charging;
    bool busy_known;
    double busy; /* share of the time spent computing since the last state */
    bool queue_known;
    uint32_t queue; /* utterances that wait */
    bool senses_heat;
    bool on_battery;
    bool live; /* somebody waits for the result; for that of a file nobody does */
};

/* False: there is no rung, or there are more than EE_MOST_RUNGS. */
bool ee_governor_begin(struct ee_governor *governor, struct ee_past *past,
                       const struct ee_rung *rungs, size_t count, const struct ee_limits *limits);

/* Decides: returns the rung to run the next utterance at, and in `why` what asked for it. `now` is
 * in seconds of any clock that never goes back. */
size_t ee_govern(const struct ee_governor *governor, struct ee_past *past,
                 const struct ee_state *state, double now, const char **why);

#endif
