/* A file that some slot has already is not sent: it is linked to its place, or copied. */
#include "utf8.h"
#include "writing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct search {
    struct ee_hashes *hashes;
    const struct ee_named *file;
    struct ee_place found;
};

/* Tells whether a plain file is what was named. */
static bool is_it(struct ee_hashes *hashes, const struct ee_named *file, const char *place,
                  const struct stat *found)
{
    if (!S_ISREG(found->st_mode) || (uint64_t)found->st_size != file->size) {
        return false;
    }
    const uint8_t *sha256 = ee_hash_of(hashes, place, found);
    return sha256 != NULL && memcmp(sha256, file->sha256, EE_SHA256_SIZE) == 0;
}

/* Stops where the file is found; what a name hides is not looked at. */
static bool look_at(void *context, const char *path, const char *place, const struct stat *found)
{
    struct search *search = context;
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    if (*name == '.' || strlen(place) >= sizeof search->found.at ||
        !is_it(search->hashes, search->file, place, found)) {
        return true;
    }
    memcpy(search->found.at, place, strlen(place) + 1);
    return false;
}

/* Copies a file, where there are no links. */
static bool copy(const char *source, const char *target)
{
    uint8_t bytes[1 << 14];
    ssize_t size = -1;
    const int from = open(source, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    const int to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    while (from >= 0 && to >= 0 && (size = read(from, bytes, sizeof bytes)) > 0) {
        errno = ENOSPC; /* where less is written than there is */
        if (write(to, bytes, (size_t)size) != size) {
            size = -1;
            break;
        }
    }
    const int reason = errno;
    if (from >= 0) {
        (void)close(from);
    }
    if (to >= 0) {
        (void)close(to);
    }
    errno = reason;
    return size == 0;
}

/* Makes a file that is there the one at its place, without copying where that can be. */
static bool take(struct ee_writing *writing, const char *source, const struct ee_named *file,
                 struct ee_error *error)
{
    const struct ee_place target = ee_place_of(writing->folder, file->path, "");
    const char *name = strrchr(target.at, '/') + 1;
    struct ee_place beside;
    /* Not the name of an unfinished file: that would be written to, and with it the source. */
    (void)snprintf(beside.at, sizeof beside.at, "%.*s.%.*s.link", (int)(name - target.at),
                   target.at, (int)ee_utf8_fitting(name, strlen(name), 200), name);
    (void)unlink(beside.at);
    if (link(source, beside.at) != 0) { /* FAT has none, and some disks allow no more of them */
        if (!ee_make_room(writing, file, file->size, error)) {
            return false;
        }
        if (!ee_make_folders(writing->folder, file->path) || !copy(source, beside.at)) {
            return ee_disk_fails(error);
        }
    }
    return (ee_sync(beside.at) && rename(beside.at, target.at) == 0) || ee_disk_fails(error);
}

bool ee_take_found(struct ee_writing *writing, const struct ee_named *file, bool *found,
                   struct ee_error *error)
{
    const struct ee_place target = ee_place_of(writing->folder, file->path, "");
    struct search search = {.hashes = writing->hashes, .file = file};
    const struct ee_visitor visitor = {&search, look_at, NULL};
    struct stat status;
    *found = true;
    if (lstat(target.at, &status) == 0 && is_it(writing->hashes, file, target.at, &status)) {
        return true;
    }
    if (!ee_walk(writing->folder, &visitor) ||
        (writing->run[0] != '\0' && !ee_walk(writing->run, &visitor))) {
        return take(writing, search.found.at, file, error);
    }
    *found = false;
    return true;
}
