#define _POSIX_C_SOURCE 200809L

#include "state.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Degrees Celsius that silicon is specified for. */
static const double coldest = -40.0, hottest = 125.0;

enum { LINE = 256, PATH = 4096 };

const struct ee_board *ee_board_named(const char *name)
{
    for (size_t at = 0; at < ee_board_count; at++) {
        if (strcmp(ee_boards[at].name, name) == 0) {
            return &ee_boards[at];
        }
    }
    return NULL;
}

/* Reads a file's first line, without the space around it. */
static bool read_line(const char *root, const char *folder, const char *name, char line[LINE])
{
    char path[PATH];
    const int length = snprintf(path, sizeof path, "%s/%s%s%s", root, folder, *name ? "/" : "", name);
    FILE *file = length > 0 && length < PATH ? fopen(path, "r") : NULL;
    if (file == NULL) {
        return false;
    }
    const bool read = fgets(line, LINE, file) != NULL;
    (void)fclose(file);
    size_t size = read ? strlen(line) : 0;
    while (size > 0 && strchr(" \t\r\n", line[size - 1]) != NULL) {
        size--;
    }
    line[size] = '\0';
    return read;
}

static double read_number(const char *root, const char *folder, const char *name)
{
    char line[LINE], *end = line;
    if (!read_line(root, folder, name, line)) {
        return (double)NAN;
    }
    const double value = strtod(line, &end);
    return end > line && *end == '\0' ? value : (double)NAN;
}

/* Gives each folder of a kind, in the order of their names, to a function until it has enough. */
static void each_folder(const char *root, const char *parent, const char *prefix,
                        bool (*visit)(const char *root, const char *folder, void *context),
                        void *context)
{
    char path[PATH], folder[PATH];
    struct dirent **entries;
    (void)snprintf(path, sizeof path, "%s/%s", root, parent);
    const int count = scandir(path, &entries, NULL, alphasort);
    bool enough = false;
    for (int at = 0; at < count; at++) {
        const char *name = entries[at]->d_name;
        if (!enough && name[0] != '.' && strncmp(name, prefix, strlen(prefix)) == 0) {
            (void)snprintf(folder, sizeof folder, "%s/%s", parent, name);
            enough = visit(root, folder, context);
        }
        free(entries[at]);
    }
    if (count >= 0) {
        free(entries);
    }
}

static void take_temperature(struct ee_device_state *state, double celsius, double low, double high)
{
    if (!state->senses_heat) {
        state->celsius = -(double)INFINITY;
    }
    state->senses_heat = true;
    if (!(celsius >= low && celsius <= high)) {
        state->celsius = (double)NAN;
    } else if (celsius > state->celsius) { /* false once one has failed */
        state->celsius = celsius;
    }
}

/* A thermal zone that says nothing plausible, as many do, is none. */
static bool visit_zone(const char *root, const char *folder, void *context)
{
    char type[LINE];
    const double celsius = read_number(root, folder, "temp") / 1000;
    if (read_line(root, folder, "type", type) && celsius >= coldest && celsius <= hottest) {
        take_temperature(context, celsius, coldest, hottest);
    }
    return false;
}

static void read_heat(const struct ee_board *board, const char *root, struct ee_device_state *state)
{
    for (size_t at = 0; at < board->sensor_count; at++) {
        const struct ee_sensor *sensor = &board->sensors[at];
        const double value = read_number(root, sensor->path, "") / sensor->per_degree;
        const bool ranged = !isnan(sensor->low);
        take_temperature(state, value, ranged ? sensor->low / sensor->per_degree : coldest,
                         ranged ? sensor->high / sensor->per_degree : hottest);
    }
    /* Of an accelerator the machine's zones say nothing. */
    if (board->sensor_count == 0 && strcmp(board->target, "cpu") == 0) {
        each_folder(root, "sys/class/thermal", "thermal_zone", visit_zone, state);
    }
}

static enum ee_charging charging_of(const char *status)
{
    if (strcmp(status, "Charging") == 0 || strcmp(status, "Full") == 0) {
        return EE_CHARGING;
    }
    /* One that is not charging though it could is being used. */
    if (strcmp(status, "Discharging") == 0 || strcmp(status, "Not charging") == 0) {
        return EE_NOT_CHARGING;
    }
    return EE_CHARGING_UNKNOWN;
}

/* The first that is the device's own battery, and not that of a mouse or pen. */
static bool visit_supply(const char *root, const char *folder, void *context)
{
    struct ee_device_state *state = context;
    char line[LINE];
    if (!read_line(root, folder, "type", line) || strcmp(line, "Battery") != 0 ||
        (read_line(root, folder, "scope", line) && strcmp(line, "Device") == 0)) {
        return false;
    }
    state->has_battery = true;
    const double percent = read_number(root, folder, "capacity");
    if (percent >= 0 && percent <= 100) {
        state->percent = percent;
        state->charging = read_line(root, folder, "status", line) ? charging_of(line)
                                                                  : EE_CHARGING_UNKNOWN;
    }
    return true;
}

struct ee_device_state ee_state_read(const struct ee_board *board, const char *root)
{
    struct ee_device_state state = {
        .has_battery = board->has_battery,
        .celsius = (double)NAN,
        .percent = (double)NAN,
        .charging = EE_CHARGING_UNKNOWN,
    };
    read_heat(board, root, &state);
    each_folder(root, "sys/class/power_supply", "", visit_supply, &state);
    return state;
}
