/* The boards that are known, as the TOML files in `boards` describe them. */
#ifndef EE_BOARDS_H
#define EE_BOARDS_H

#include <stdbool.h>
#include <stddef.h>

/* A file that holds a temperature: its numbers are `per_degree` to the degree, and outside of `low`
 * to `high`, where these are known, it is a fault. */
struct ee_sensor {
    const char *path;
    double per_degree, low, high;
};

struct ee_board {
    const char *name;
    const char *target; /* what a bundle must have been converted for */
    bool has_battery;
    const struct ee_sensor *sensors;
    size_t sensor_count;
};

extern const struct ee_board ee_boards[];
extern const size_t ee_board_count;

/* Returns the board of a name, or NULL. */
const struct ee_board *ee_board_named(const char *name);

#endif
