#include "clearing.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct sweep {
    const struct ee_names *names;
    const struct ee_named *part;
};

static bool delete_other(void *context, const char *path, const char *place,
                         const struct stat *found)
{
    const struct sweep *sweep = context;
    const size_t size = sweep->part != NULL ? strlen(sweep->part->path) : 0;
    const bool is_part = sweep->part != NULL && strncmp(path, sweep->part->path, size) == 0 &&
                         strcmp(path + size, EE_PART) == 0;
    if (!S_ISREG(found->st_mode) || (!is_part && ee_names_find(sweep->names, path) == NULL)) {
        (void)unlink(place);
    }
    return true;
}

static bool delete_empty(void *context, const char *path, const char *place)
{
    (void)context;
    if (*path != '\0') {
        (void)rmdir(place); /* fails where something was kept, as it should */
    }
    return true;
}

void ee_sweep(const char *folder, const struct ee_names *names, const struct ee_named *part)
{
    struct sweep sweep = {names, part};
    const struct ee_visitor visitor = {&sweep, delete_other, delete_empty};
    (void)ee_walk(folder, &visitor);
}

/* Deletes what is at a place, if it is no folder. */
static bool unlink_other(const char *place)
{
    struct stat found;
    return lstat(place, &found) != 0 || S_ISDIR(found.st_mode) || unlink(place) == 0;
}

/* Makes one folder above a path. */
static bool clear_above(const char *folder, const char *path, size_t size,
                        const struct ee_names *names, struct ee_error *error)
{
    char above[EE_PATH_SIZE];
    memcpy(above, path, size);
    above[size] = '\0';
    if (ee_names_find(names, above) != NULL) {
        return ee_fail(error, "SlotError", NULL, "%s: %s is a file", path, above);
    }
    const struct ee_place place = ee_place_of(folder, above, "");
    if (!unlink_other(place.at) || (mkdir(place.at, 0777) != 0 && errno != EEXIST)) {
        return ee_disk_fails(error);
    }
    return true;
}

bool ee_clear_way(const char *folder, const char *path, const struct ee_names *names,
                  struct ee_error *error)
{
    for (const char *at = path; (at = strchr(at, '/')) != NULL; at++) {
        if (!clear_above(folder, path, (size_t)(at - path), names, error)) {
            return false;
        }
    }
    const struct ee_place target = ee_place_of(folder, path, "");
    struct stat found;
    if (lstat(target.at, &found) != 0 || S_ISREG(found.st_mode)) {
        return true;
    }
    for (size_t at = 0; at < names->count; at++) {
        const char *name = names->files[at].path;
        if (strncmp(name, path, strlen(path)) == 0 && name[strlen(path)] == '/') {
            return ee_fail(error, "SlotError", NULL, "%s: is a folder", path);
        }
    }
    if (S_ISDIR(found.st_mode)) { /* and no link, behind which lies another's */
        const struct ee_names none = {NULL, 0};
        ee_sweep(target.at, &none, NULL);
        return rmdir(target.at) == 0 || ee_disk_fails(error);
    }
    return unlink(target.at) == 0 || ee_disk_fails(error);
}
