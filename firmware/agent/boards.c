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
    {"android", "cpu", false, NULL, 0},
    {"coral-dev-board-micro", "edgetpu", false, NULL, 0},
    {"coral-dev-board", "edgetpu", false, coral_dev_board, 2},
    {"coral-pcie", "edgetpu", false, coral_pcie, 1},
    {"coral-usb", "edgetpu", false, NULL, 0},
    {"host", "cpu", false, NULL, 0},
    {"linux-arm64", "cpu", false, NULL, 0},
    {"raspberry-pi-4", "cpu", false, raspberry_pi_4, 1},
    {"raspberry-pi-5", "cpu", false, raspberry_pi_5, 1},
};

const size_t ee_board_count = 9;
