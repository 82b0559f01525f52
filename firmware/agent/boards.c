/* Written by `python -m firmware.generate` from the Python definitions. */
#include "boards.h"

#include <math.h>

static const struct ee_sensor coral_dev_board[] = {
    {"/sys/class/apex/apex_0/temp", 1000.0, -40000.0, 120000.0},
    {"/sys/class/thermal/thermal_zone0/temp", 1000.0, -40000.0, 120000.0},
};

static const struct ee_sensor coral_pcie[] = {
    {"/sys/class/apex/apex_0/temp", 1000.0, -40000.0, 120000.0},
};

static const struct ee_sensor raspberry_pi_4[] = {
    {"/sys/class/thermal/thermal_zone0/temp", 1000.0, -40000.0, 120000.0},
};

static const struct ee_sensor raspberry_pi_5[] = {
    {"/sys/class/thermal/thermal_zone0/temp", 1000.0, -40000.0, 120000.0},
};

const struct ee_board ee_boards[] = {
    {"android", true, false, NULL, 0},
    {"coral-dev-board-micro", false, false, NULL, 0},
    {"coral-dev-board", false, false, coral_dev_board, 2},
    {"coral-pcie", false, false, coral_pcie, 1},
    {"coral-usb", false, false, NULL, 0},
    {"host", true, false, NULL, 0},
    {"linux-arm64", true, false, NULL, 0},
    {"raspberry-pi-4", true, false, raspberry_pi_4, 1},
    {"raspberry-pi-5", true, false, raspberry_pi_5, 1},
};

const size_t ee_board_count = 9;
