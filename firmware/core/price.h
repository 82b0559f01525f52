/* What heat is worth: depth that is spent now is missed later, when the device is at its ceiling.
 *
 * `firmware_host/governor/price.py` has the argument. */
#ifndef EE_PRICE_H
#define EE_PRICE_H

#include "governor.h"

/* Finds the governor's hull. */
void ee_find_hull(struct ee_governor *governor);

/* Returns the rung of least WER + price times load, for a device that must not pass `aim`. */
size_t ee_worth_running(const struct ee_governor *governor, const struct ee_heat *heat,
                        double demand, double aim);

#endif
