#define _POSIX_C_SOURCE 200809L

#include "calibration.h"

#include "rules.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char again[] = "calibrate again: eedge calibrate";
static const char kind[] = "CalibrationError";

static bool is_board_name(const char *name)
{
    const size_t size = strlen(name);
    return size > 0 && size <= 64 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == size;
}

/* Refuses a calibration that was fitted for something else. */
static bool check_fits(const struct ee_bundle *bundle, const struct ee_json_node *whole,
                       const char *board, const char *file, struct ee_error *error)
{
    char identity[2 * EE_SHA256_SIZE + 1];
    ee_sha256_spell(bundle->identity, identity);
    const struct {
        const char *name, *now;
    } fitted[] = {{"board", board},
                  {"recipe", bundle->recipe},
                  {"units", bundle->units},
                  {"bundle", identity}};
    for (size_t at = 0; at < sizeof fitted / sizeof *fitted; at++) {
        if (!ee_json_is(ee_json_member(whole, fitted[at].name), fitted[at].now)) {
            return ee_fail(error, kind, again, "%s: was fitted for another %s", file,
                           fitted[at].name);
        }
    }
    uint64_t number;
    if (!ee_json_count(ee_json_member(whole, "vocabulary"), UINT32_MAX, &number) ||
        number != bundle->vocabulary) {
        return ee_fail(error, kind, again, "%s: was fitted for another vocabulary", file);
    }
    if (!ee_json_count(ee_json_member(whole, "format"), 1, &number) || number != 1) {
        return ee_fail(error, kind, "update this agent, if the calibration is newer",
                       "%s: is of a format that is not known here", file);
    }
    return true;
}

static bool read_points(struct ee_bundle *bundle, const struct ee_json_node *whole,
                        const char *file, struct ee_error *error)
{
    const struct ee_json_node *list = ee_json_member(whole, "points");
    if (list == NULL || list->count == 0 || list->count > EE_MOST_POINTS) {
        return ee_fail(error, kind, again, "%s: has no list of operating points", file);
    }
    for (const struct ee_json_node *item = list->first; item; item = item->next) {
        struct ee_point *point = &bundle->points[bundle->point_count];
        const struct ee_json_node *rule = ee_json_member(item, "policy");
        if (!ee_json_copy(ee_json_member(item, "name"), point->name, sizeof point->name) ||
            rule == NULL || !ee_rule_read(bundle, whole, rule, point)) {
            return ee_fail(error, kind, again, "%s: its operating point %zu is not right", file,
                           bundle->point_count + 1);
        }
        bundle->point_count++;
    }
    return true;
}

bool ee_calibration_read(struct ee_bundle *bundle, const char *board, struct ee_error *error)
{
    char file[96], path[sizeof bundle->path + sizeof file];
    if (!is_board_name(board)) {
        return ee_fail(error, kind, NULL, "'%.64s' is no board's name", board);
    }
    (void)snprintf(file, sizeof file, "calibration/%s.json", board);
    (void)snprintf(path, sizeof path, "%s/%s", bundle->path, file);
    struct stat status;
    if (stat(path, &status) != 0) {
        return true;
    }
    struct ee_sealed sealed;
    if (!ee_sealed_open(&sealed, bundle->path, file, kind, error)) {
        return false;
    }
    const bool right = check_fits(bundle, sealed.nodes, board, path, error) &&
                       read_points(bundle, sealed.nodes, path, error);
    ee_sealed_close(&sealed);
    return right;
}

const struct ee_point *ee_point_named(const struct ee_bundle *bundle, const char *name)
{
    for (size_t at = 0; at < bundle->point_count; at++) {
        if (*name == '\0' || strcmp(bundle->points[at].name, name) == 0) {
            return &bundle->points[at];
        }
    }
    return NULL;
}
