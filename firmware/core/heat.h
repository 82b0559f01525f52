/* How warm the device is, how fast that changes, and where another load would take it.
 *
 * `firmware_host/governor/heat.py` says what the model is and where it comes from. */
#ifndef EE_HEAT_H
#define EE_HEAT_H

#include "generated.h"

/* The means of some seconds, and their middle. */
struct ee_heat_block {
    bool known;
    double at, celsius, load;
};

/* The slope between two blocks, and their mean temperature and load. */
struct ee_heat_change {
    bool known;
    double slope, celsius, load;
};

/* What is known of the device's heat; temperatures in degrees Celsius, the slope in those a second,
 * the load as the share of the time spent computing. */
struct ee_heat {
    bool known;
    double at, celsius, slope, load;
    double gain, rate; /* the model, fitted */
    double first;      /* when this stretch of readings began */
    double begun, count, celsius_sum, load_sum; /* the block that is being filled */
    struct ee_heat_block last;
    struct ee_heat_change change;
    double squares[3], products[2]; /* normal equations */
};

void ee_heat_begin(struct ee_heat *heat);

/* Takes a reading, and the load that led to it. */
void ee_heat_seen(struct ee_heat *heat, double celsius, double at, double load);

/* Returns the temperature after so many seconds at a load. */
double ee_heat_expected(const struct ee_heat *heat, double load, double after);

/* Returns the temperature that would be reached at a load in the end. */
double ee_heat_settled(const struct ee_heat *heat, double load);

#endif
