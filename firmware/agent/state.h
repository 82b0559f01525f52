/* Heat and battery as Linux tells them in files; what cannot be read or believed is NaN. */
#ifndef EE_STATE_H
#define EE_STATE_H

#include "boards.h"
#include "governor.h"

struct ee_device_state {
    bool senses_heat; /* there is something to read, readable or not */
    bool has_battery;
    double celsius; /* the hottest; NaN if one of the board's sensors fails */
    double percent;
    enum ee_charging charging;
};

/* Reads the state of a board; `root` stands in for `/`. */
struct ee_device_state ee_state_read(const struct ee_board *board, const char *root);

#endif
