/* How much there is to recognise: speech comes in bursts, and plans are made for the bursts. */
#ifndef EE_DEMAND_H
#define EE_DEMAND_H

#include "generated.h"

/* The share of the time that full depth would compute; begin with 1 and 1. `seconds` is for how
   long it has been seen. */
struct ee_demand {
    bool known;
    double at, soon, lately, seconds;
};

/* Takes what it was since the last time. */
void ee_demand_seen(struct ee_demand *demand, double share, double at);

/* Returns the larger of the two: a pause is no reason to expect another. */
double ee_demand_high(const struct ee_demand *demand);

#endif
