#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct walk {
    const struct ee_visitor *visitor;
    char place[4096];
    size_t root; /* length of the first folder's place */
};

static bool visit_folder(struct walk *walk, size_t size);

/* Visits what is a folder, or what is none, behind the folder of which the place has `size`. */
static bool visit_entries(struct walk *walk, size_t size, struct dirent **entries, int count,
                          bool folders)
{
    for (int at = 0; at < count; at++) {
        const char *name = entries[at]->d_name;
        const size_t length = strlen(name);
        struct stat found;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
            size + 1 + length >= sizeof walk->place) {
            continue;
        }
        walk->place[size] = '/';
        memcpy(walk->place + size + 1, name, length + 1);
        if (lstat(walk->place, &found) != 0 || S_ISDIR(found.st_mode) != folders) {
            continue;
        }
        const char *path = walk->place + walk->root + 1;
        if (folders ? !visit_folder(walk, size + 1 + length)
                    : !walk->visitor->thing(walk->visitor->context, path, walk->place, &found)) {
            return false;
        }
    }
    return true;
}

static bool visit_folder(struct walk *walk, size_t size)
{
    const struct ee_visitor *visitor = walk->visitor;
    struct dirent **entries;
    bool going = true;
    const int count = scandir(walk->place, &entries, NULL, alphasort);
    if (count >= 0) {
        going = visit_entries(walk, size, entries, count, false) &&
                visit_entries(walk, size, entries, count, true);
        for (int at = 0; at < count; at++) {
            free(entries[at]);
        }
        free(entries);
    }
    walk->place[size] = '\0';
    const char *path = size > walk->root ? walk->place + walk->root + 1 : "";
    return going &&
           (visitor->folder == NULL || visitor->folder(visitor->context, path, walk->place));
}

bool ee_walk(const char *folder, const struct ee_visitor *visitor)
{
    struct walk walk = {.visitor = visitor, .root = strlen(folder)};
    if (walk.root >= sizeof walk.place) {
        return true;
    }
    memcpy(walk.place, folder, walk.root);
    return visit_folder(&walk, walk.root);
}

struct ee_place ee_place_of(const char *folder, const char *path, const char *more)
{
    struct ee_place place;
    (void)snprintf(place.at, sizeof place.at, "%s/%s%s", folder, path, more);
    return place;
}

bool ee_digest(const char *place, uint8_t sha256[EE_SHA256_SIZE])
{
    uint8_t bytes[1 << 14];
    struct ee_sha256 hash;
    ssize_t size;
    /* Read, not mapped: a bad spot of a disk must end the reading, and not the program. */
    const int handle = open(place, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (handle < 0) {
        return false;
    }
    ee_sha256_begin(&hash);
    while ((size = read(handle, bytes, sizeof bytes)) > 0 || (size < 0 && errno == EINTR)) {
        ee_sha256_take(&hash, bytes, size > 0 ? (size_t)size : 0);
    }
    ee_sha256_end(&hash, sha256);
    (void)close(handle);
    return size == 0;
}

bool ee_is_plain(const char *place, struct stat *found)
{
    return lstat(place, found) == 0 && S_ISREG(found->st_mode);
}

bool ee_sync(const char *place)
{
    const int handle = open(place, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    const bool done = handle >= 0 && fsync(handle) == 0;
    const int reason = errno;
    if (handle >= 0) {
        (void)close(handle);
    }
    errno = reason;
    return done;
}

bool ee_make_folders(const char *folder, const char *path)
{
    struct ee_place place = ee_place_of(folder, path, "");
    for (char *at = place.at + strlen(folder) + 1; (at = strchr(at, '/')) != NULL; at++) {
        struct stat found;
        *at = '\0';
        if ((stat(place.at, &found) != 0 || !S_ISDIR(found.st_mode)) &&
            mkdir(place.at, 0777) != 0) {
            return false;
        }
        *at = '/';
    }
    return true;
}

bool ee_disk_fails(struct ee_error *error)
{
    return ee_fail(error, "SlotError", "make room on it, and see whether it may be written to",
                   "the device's disk: %s", strerror(errno));
}
