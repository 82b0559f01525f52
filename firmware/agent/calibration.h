/* `calibration/BOARD.json`: operating points that were fitted for one bundle on one board. */
#ifndef EE_CALIBRATION_H
#define EE_CALIBRATION_H

#include "bundle.h"

/* Reads the operating points for a board; a bundle that is not calibrated for it has none. False:
 * they are damaged, or were fitted for something else. */
bool ee_calibration_read(struct ee_bundle *bundle, const char *board, struct ee_error *error);

/* Returns the point of a name, the fullest for "", or NULL. */
const struct ee_point *ee_point_named(const struct ee_bundle *bundle, const char *name);

#endif
