/* A bundle on its way into a slot, file by file. */
#include "slots.h"

#include "utf8.h"

#include <string.h>

/* Tells whether a path may be that of a bundle's file (docs/protocol.md). */
static bool is_path(struct ee_text path)
{
    static const char part[] = ".part";
    const size_t of_part = sizeof part - 1;
    const uint8_t *at = (const uint8_t *)path.bytes, *end = at + path.size;
    bool begins = true;
    if (path.size > EE_LONGEST_STORED ||
        (path.size >= of_part && memcmp(end - of_part, part, of_part) == 0)) {
        return false;
    }
    while (at < end) {
        const uint32_t character = ee_utf8_next(&at, end);
        if (character == EE_NO_CHARACTER || character < 0x20 || character == '\\' ||
            (character >= 0x7F && character < 0xA0) ||
            (begins && (character == '/' || character == '.'))) {
            return false;
        }
        begins = character == '/';
    }
    return !begins;
}

/* Forgets a file; those behind it move up. */
static void drop(struct ee_slots *slots, struct ee_image *image, int file)
{
    const size_t behind = EE_MOST_STORED - (size_t)file - 1;
    memmove(&slots->named[file], &slots->named[file + 1], behind * sizeof slots->named[0]);
    slots->named[EE_MOST_STORED - 1] = false;
    ee_image_drop(image, file);
}

static void drop_unnamed(struct ee_slots *slots, struct ee_image *image)
{
    for (int file = (int)image->count - 1; file >= 0; file--) {
        if (!slots->named[file]) {
            drop(slots, image, file);
        }
    }
}

/* Adds a file, for which room is made if need be. -1: there is none. */
static int add(struct ee_slots *slots, struct ee_image *image, const struct ee_put *put)
{
    int file = ee_image_add(image, put->path, put->size, put->sha256);
    if (file < 0) {
        drop_unnamed(slots, image);
        ee_image_compact(image, slots->alive);
        file = ee_image_add(image, put->path, put->size, put->sha256);
    }
    if (file >= 0) {
        slots->named[file] = true;
    }
    return file;
}

static bool is_announced(const struct ee_stored *file, const struct ee_put *put)
{
    return file->size == put->size && memcmp(file->sha256, put->sha256, EE_SHA256_SIZE) == 0;
}

/* Returns the file of an image that has the bytes wanted, wherever it is; or -1. */
static int find_bytes(const struct ee_slots *slots, const struct ee_image *image,
                      const struct ee_put *put)
{
    for (size_t at = 0; at < image->count; at++) {
        if (is_announced(&image->files[at], put) &&
            ee_image_holds(image, (int)at, slots->alive)) {
            return (int)at;
        }
    }
    return -1;
}

/* Copies bytes of another file, of this slot or of the one that is run, if one has them. */
static void copy_found(struct ee_slots *slots, struct ee_image *image, int file,
                       const struct ee_put *put)
{
    uint8_t identity[EE_SHA256_SIZE];
    const struct ee_image *run = ee_slots_image(slots, EE_CURRENT, identity);
    const struct ee_image *sources[] = {image, run};
    for (size_t at = 0; at < 2; at++) {
        const int found = sources[at] != NULL ? find_bytes(slots, sources[at], put) : -1;
        if (found >= 0) {
            memcpy(image->bytes + image->files[file].at,
                   sources[at]->bytes + sources[at]->files[found].at, put->size);
            image->files[file].have = put->size;
            return;
        }
    }
}

/* Makes a file that is there, and that nobody has named, the one at a path. */
static int rename_found(struct ee_slots *slots, struct ee_image *image, const struct ee_put *put)
{
    const int found = find_bytes(slots, image, put);
    if (found < 0 || slots->named[found]) {
        return -1;
    }
    struct ee_stored *file = &image->files[found];
    memset(file->path, 0, sizeof file->path);
    memcpy(file->path, put->path.bytes, put->path.size);
    slots->named[found] = true;
    return found;
}

/* Tells whether one more file, or another in place of one, is within what Begin said. */
static bool is_within(const struct ee_slots *slots, const struct ee_image *image, int known,
                      uint32_t size)
{
    uint64_t files = 1, bytes = size;
    for (size_t at = 0; at < image->count; at++) {
        if (slots->named[at] && (int)at != known) {
            files++;
            bytes += image->files[at].size;
        }
    }
    return files <= slots->files && bytes <= slots->size;
}

const char *ee_slots_put(struct ee_slots *slots, const struct ee_put *put)
{
    slots->verified = false;
    slots->last = -1;
    if (!slots->is_writing) {
        return "nothing is being written";
    }
    if (!is_path(put->path)) {
        return "the path leads out of the bundle, or is not plainly written";
    }
    struct ee_image *image = ee_slots_written(slots);
    int file = ee_image_find(image, put->path);
    if (!is_within(slots, image, file, put->size)) {
        return "more files, or larger ones, than were announced";
    }
    if (file >= 0 && (!is_announced(&image->files[file], put) ||
                      (image->files[file].have == put->size &&
                       !ee_image_holds(image, file, slots->alive)))) {
        drop(slots, image, file);
        file = -1;
    }
    if (file < 0) {
        file = rename_found(slots, image, put);
    }
    if (file < 0) {
        file = add(slots, image, put);
        if (file < 0) {
            return "there is no room for it";
        }
    }
    slots->named[file] = true;
    if (image->files[file].have < put->size) {
        copy_found(slots, image, file, put);
    }
    if (put->size == 0 && !ee_image_holds(image, file, slots->alive)) {
        drop(slots, image, file);
        return "an empty file has another hash";
    }
    slots->last = file;
    return NULL;
}

const char *ee_slots_chunk(struct ee_slots *slots, const struct ee_put_chunk *chunk)
{
    static const char nowhere[] = "bytes of no file that was named, or beyond its end";
    struct ee_image *image = ee_slots_written(slots);
    const uint64_t end = (uint64_t)chunk->first + chunk->data.size;
    if (!slots->is_writing || slots->last < 0 || end > image->files[slots->last].size) {
        return nowhere;
    }
    struct ee_stored *file = &image->files[slots->last];
    if (file->have == file->size) {
        return NULL; /* it is whole: an answer was lost */
    }
    if (chunk->first > file->have) {
        return "bytes beyond those that are there";
    }
    memcpy(image->bytes + file->at + chunk->first, chunk->data.bytes, chunk->data.size);
    file->have = (uint32_t)end;
    if (file->have == file->size && !ee_image_holds(image, slots->last, slots->alive)) {
        drop(slots, image, slots->last);
        slots->last = -1;
        return "what came is not what was announced";
    }
    return NULL;
}

const char *ee_slots_verify(struct ee_slots *slots, const uint8_t *identity)
{
    struct ee_image *image = ee_slots_written(slots);
    uint64_t bytes = 0;
    slots->verified = false;
    slots->last = -1;
    if (!slots->is_writing) {
        return "nothing is being written";
    }
    drop_unnamed(slots, image);
    for (size_t at = 0; at < image->count; at++) {
        bytes += image->files[at].size;
    }
    if (image->count != slots->files || bytes != slots->size) {
        return "not as many files or bytes were sent as were announced";
    }
    if (memcmp(identity, slots->identity, EE_SHA256_SIZE) != 0) {
        return "the bundle is not the one that was announced";
    }
    const char *wrong = ee_slots_check(slots, image, identity);
    slots->verified = wrong == NULL;
    return wrong;
}
