/* How fast the battery empties, and how fast it may: `firmware_host/governor/battery.py`. */
#ifndef EE_DRAIN_H
#define EE_DRAIN_H

#include "generated.h"

/* The moment at which a gauge, which moves in steps, came to show `percent`. */
struct ee_gauge_edge {
    bool known;
    double at, percent, computed;
};

/* The battery since it was taken off the charger; all 0 before anything is known. */
struct ee_drain {
    bool unplugged;
    double since, full; /* when it was unplugged, and with how many percent */
    double at, percent, computed;
    struct ee_gauge_edge first, last;
};

/* Takes a reading, and the load that led to it. */
void ee_drain_seen(struct ee_drain *drain, double percent, double at, double load, bool charging);

/* Finds the drain at `load` over the drain that is allowed; false before it is known. */
bool ee_drain_share(const struct ee_drain *drain, double load, double reserve, double lasts,
                    double *share);

#endif
