#include "writing.h"

#include "check.h"
#include "clearing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const char kind[] = "SlotError";
static const char no_room[] = "make room on the device, or flash a smaller bundle";

/* Bytes of a disk that are left free: folders and `current.json` need some. */
enum { MARGIN = 1 << 16 };

uint64_t ee_free_bytes(const char *folder)
{
    struct statvfs found;
    if (statvfs(folder, &found) != 0) {
        return 0;
    }
    const uint64_t bytes = (uint64_t)found.f_bavail * found.f_frsize;
    return bytes > MARGIN ? bytes - MARGIN : 0;
}

bool ee_make_room(const struct ee_writing *writing, const struct ee_named *file, uint64_t size,
                  struct ee_error *error)
{
    if (size > ee_free_bytes(writing->folder)) {
        ee_sweep(writing->folder, &writing->names, file);
    }
    const uint64_t left = ee_free_bytes(writing->folder);
    return size <= left ||
           ee_fail(error, kind, no_room, "%s: needs %llu bytes, but %llu are free", file->path,
                   (unsigned long long)size, (unsigned long long)left);
}

bool ee_writing_begin(struct ee_writing *writing, const struct ee_announced *announced,
                      struct ee_error *error)
{
    writing->announced = *announced;
    writing->names.files = calloc(announced->files, sizeof *writing->names.files);
    return writing->names.files != NULL ||
           ee_fail(error, kind, NULL, "there is no memory for so many files");
}

void ee_writing_close(struct ee_writing *writing)
{
    if (writing->is_open) {
        (void)close(writing->handle);
        writing->is_open = false;
    }
}

void ee_writing_end(struct ee_writing *writing)
{
    ee_writing_close(writing);
    free(writing->names.files);
    *writing = (struct ee_writing){0};
}

/* Looks at the manifest before the rest is sent. */
static bool look(const struct ee_writing *writing, const struct ee_named *file,
                 struct ee_error *error)
{
    return writing->is_open || strcmp(file->path, "manifest.json") != 0 ||
           ee_check_manifest(writing->folder, writing->board, error);
}

/* Deletes the unfinished file, which the disk does not take. */
static bool give_up(struct ee_writing *writing, const struct ee_named *file, struct ee_error *error)
{
    const int reason = errno;
    const struct ee_place part = ee_place_of(writing->folder, file->path, EE_PART);
    (void)unlink(part.at);
    return ee_fail(error, kind, no_room, "%s: cannot be written: %s", file->path,
                   strerror(reason));
}

/* Puts the unfinished file to its place, if it is what was named. */
static bool finish(struct ee_writing *writing, const struct ee_named *file, struct ee_error *error)
{
    const struct ee_place part = ee_place_of(writing->folder, file->path, EE_PART);
    const struct ee_place place = ee_place_of(writing->folder, file->path, "");
    uint8_t sha256[EE_SHA256_SIZE];
    if (fsync(writing->handle) != 0 || !ee_digest(part.at, sha256)) {
        return give_up(writing, file, error);
    }
    ee_writing_close(writing);
    if (memcmp(sha256, file->sha256, sizeof sha256) != 0) {
        (void)unlink(part.at);
        return ee_fail(error, kind, "send it again",
                       "%s: what came is not what was announced", file->path);
    }
    return rename(part.at, place.at) == 0 || give_up(writing, file, error);
}

/* Opens the unfinished file, with what is there of it. */
static bool open_part(struct ee_writing *writing, const struct ee_named *file,
                      struct ee_error *error)
{
    const struct ee_place part = ee_place_of(writing->folder, file->path, EE_PART);
    struct stat found;
    uint64_t have = 0;
    if (ee_is_plain(part.at, &found) && found.st_nlink == 1) {
        have = (uint64_t)found.st_size;
    } else if (unlink(part.at) != 0 && errno != ENOENT) {
        return ee_disk_fails(error);
    }
    if (!ee_make_room(writing, file, file->size > have ? file->size - have : 0, error)) {
        return false;
    }
    if (!ee_make_folders(writing->folder, file->path)) {
        return ee_disk_fails(error);
    }
    writing->handle = open(part.at, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (writing->handle < 0) {
        return ee_disk_fails(error);
    }
    writing->is_open = true;
    if (file->size > 0) {
        return true;
    }
    return ftruncate(writing->handle, 0) == 0 ? finish(writing, file, error) : ee_disk_fails(error);
}

bool ee_writing_put(struct ee_writing *writing, const char *path, uint32_t size,
                    const uint8_t *sha256, struct ee_error *error)
{
    ee_writing_close(writing);
    writing->verified = false;
    writing->last = NULL;
    if (!ee_check_path(path, error)) {
        return false;
    }
    struct ee_named *file = ee_names_find(&writing->names, path);
    const uint64_t all = writing->size - (file != NULL ? file->size : 0) + size;
    if ((file == NULL && writing->names.count == writing->announced.files) ||
        all > writing->announced.size) {
        return ee_fail(error, kind, NULL, "%s: more files, or larger ones, than were announced",
                       path);
    }
    if (!ee_clear_way(writing->folder, path, &writing->names, error)) {
        return false;
    }
    if (file == NULL) {
        file = &writing->names.files[writing->names.count++];
        memcpy(file->path, path, strlen(path) + 1);
    }
    file->size = size;
    memcpy(file->sha256, sha256, sizeof file->sha256);
    writing->size = all;
    bool found;
    if (!ee_take_found(writing, file, &found, error) ||
        (!found && !open_part(writing, file, error)) || !look(writing, file, error)) {
        ee_writing_close(writing);
        return false;
    }
    writing->last = file;
    return true;
}

static bool write_all(int handle, const uint8_t *data, size_t size, uint64_t first)
{
    while (size > 0) {
        const ssize_t written = pwrite(handle, data, size, (off_t)first);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        const size_t done = written > 0 ? (size_t)written : 0;
        data += done;
        size -= done;
        first += done;
    }
    return true;
}

/* Writes bytes of the file that is open, and puts it to its place with the last. */
static bool write_chunk(struct ee_writing *writing, const struct ee_named *file, uint32_t first,
                        const uint8_t *data, size_t size, struct ee_error *error)
{
    if (ftruncate(writing->handle, (off_t)first) != 0 ||
        !write_all(writing->handle, data, size, first)) {
        return give_up(writing, file, error);
    }
    return first + (uint64_t)size < file->size ||
           (finish(writing, file, error) && look(writing, file, error));
}

bool ee_writing_chunk(struct ee_writing *writing, uint32_t first, const uint8_t *data, size_t size,
                      struct ee_error *error)
{
    if (writing->last == NULL || first + (uint64_t)size > writing->last->size) {
        return ee_fail(error, kind, NULL, "bytes of no file that was named, or beyond its end");
    }
    if (!writing->is_open) {
        return true; /* it is whole: an answer was lost */
    }
    struct stat found;
    if (fstat(writing->handle, &found) != 0) {
        return ee_disk_fails(error);
    }
    if ((uint64_t)found.st_size < first) {
        return ee_fail(error, kind, NULL, "%s: bytes from %lu on, but %lld are there",
                       writing->last->path, (unsigned long)first, (long long)found.st_size);
    }
    if (!write_chunk(writing, writing->last, first, data, size, error)) {
        ee_writing_close(writing);
        writing->last = NULL;
        return false;
    }
    return true;
}
