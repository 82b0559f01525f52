#include "image.h"

#include <string.h>

enum { ALIGNMENT = 8, AT_ONCE = 1 << 14 };

/* Returns what a file takes; an empty one takes something, so that no two lie at one place. */
static uint32_t footprint(uint32_t size)
{
    return size > 0 ? (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : ALIGNMENT;
}

static bool is_sound(const struct ee_stored *file)
{
    return file->at <= EE_IMAGE_ROOM && file->at % ALIGNMENT == 0 &&
           file->size <= EE_IMAGE_ROOM - file->at && file->have <= file->size &&
           memchr(file->path, '\0', sizeof file->path) != NULL;
}

bool ee_image_is_sound(const struct ee_image *image)
{
    bool sound = image->count <= EE_MOST_STORED;
    for (size_t at = 0; sound && at < image->count; at++) {
        sound = is_sound(&image->files[at]);
    }
    return sound;
}

static bool is_called(const struct ee_stored *file, struct ee_text path)
{
    return strlen(file->path) == path.size && memcmp(file->path, path.bytes, path.size) == 0;
}

int ee_image_find(const struct ee_image *image, struct ee_text path)
{
    for (size_t at = 0; at < image->count; at++) {
        if (is_called(&image->files[at], path)) {
            return (int)at;
        }
    }
    return -1;
}

const uint8_t *ee_image_file(const struct ee_image *image, const char *path, size_t *size)
{
    const int found = ee_image_find(image, (struct ee_text){path, (uint16_t)strlen(path)});
    if (found < 0 || image->files[found].have < image->files[found].size) {
        return NULL;
    }
    *size = image->files[found].size;
    return image->bytes + image->files[found].at;
}

void ee_image_digest(const struct ee_image *image, int file, uint8_t digest[EE_SHA256_SIZE],
                     ee_alive alive)
{
    const uint8_t *bytes = image->bytes + image->files[file].at;
    uint32_t left = image->files[file].have;
    struct ee_sha256 hash;
    ee_sha256_begin(&hash);
    while (left > 0) {
        const uint32_t part = left < AT_ONCE ? left : AT_ONCE;
        ee_sha256_take(&hash, bytes, part);
        bytes += part;
        left -= part;
        alive();
    }
    ee_sha256_end(&hash, digest);
}

bool ee_image_holds(const struct ee_image *image, int file, ee_alive alive)
{
    const struct ee_stored *stored = &image->files[file];
    uint8_t digest[EE_SHA256_SIZE];
    if (stored->have < stored->size) {
        return false;
    }
    ee_image_digest(image, file, digest, alive);
    return memcmp(digest, stored->sha256, sizeof digest) == 0;
}

/* Returns where the bytes of the last file end. */
static uint32_t end_of(const struct ee_image *image)
{
    uint32_t end = 0;
    for (size_t at = 0; at < image->count; at++) {
        const uint32_t here = image->files[at].at + footprint(image->files[at].size);
        end = here > end ? here : end;
    }
    return end;
}

uint32_t ee_image_free(const struct ee_image *image)
{
    uint32_t used = 0;
    for (size_t at = 0; at < image->count; at++) {
        const uint32_t size = footprint(image->files[at].size);
        used = size < EE_IMAGE_ROOM - used ? used + size : EE_IMAGE_ROOM;
    }
    return EE_IMAGE_ROOM - used;
}

int ee_image_add(struct ee_image *image, struct ee_text path, uint32_t size,
                 const uint8_t *sha256)
{
    const uint32_t end = end_of(image);
    if (image->count == EE_MOST_STORED || end > EE_IMAGE_ROOM || size > EE_IMAGE_ROOM - end) {
        return -1;
    }
    struct ee_stored *file = &image->files[image->count];
    *file = (struct ee_stored){.at = end, .size = size};
    memcpy(file->sha256, sha256, sizeof file->sha256);
    memcpy(file->path, path.bytes, path.size);
    return (int)image->count++;
}

void ee_image_drop(struct ee_image *image, int file)
{
    struct ee_stored *place = &image->files[file];
    memmove(place, place + 1, (image->count - (size_t)file - 1) * sizeof *place);
    image->count--;
}

/* Returns the file that lies next from a place on, or -1. */
static int next_from(const struct ee_image *image, uint32_t place)
{
    int next = -1;
    for (size_t at = 0; at < image->count; at++) {
        const struct ee_stored *file = &image->files[at];
        if (file->at >= place && (next < 0 || file->at < image->files[next].at)) {
            next = (int)at;
        }
    }
    return next;
}

void ee_image_compact(struct ee_image *image, ee_alive alive)
{
    uint32_t end = 0;
    for (size_t moved = 0; moved < image->count; moved++) {
        const int next = next_from(image, end);
        if (next < 0) {
            return; /* two that lie on each other: their hashes will tell */
        }
        struct ee_stored *file = &image->files[next];
        memmove(image->bytes + end, image->bytes + file->at, file->have);
        file->at = end;
        end += footprint(file->size);
        alive();
    }
}

static bool is_calibration(const char *path)
{
    static const char folder[] = "calibration/", end[] = ".json";
    const size_t size = strlen(path);
    return strncmp(path, folder, sizeof folder - 1) == 0 && strrchr(path, '/')[1] != '\0' &&
           strchr(path, '/') == strrchr(path, '/') &&
           strcmp(path + size - (sizeof end - 1), end) == 0;
}

/* Tells whether a file belongs to every bundle, or may, so that no manifest names it. */
static bool is_beside(const char *path)
{
    return strcmp(path, "manifest.json") == 0 || strcmp(path, "signature.json") == 0 ||
           is_calibration(path);
}

/* Returns the file whose path comes next behind that of `before`, or NULL. */
static const struct ee_stored *next_named(const struct ee_image *image,
                                          const struct ee_stored *before)
{
    const struct ee_stored *next = NULL;
    for (size_t at = 0; at < image->count; at++) {
        const struct ee_stored *file = &image->files[at];
        if (!is_beside(file->path) && (before == NULL || strcmp(file->path, before->path) > 0) &&
            (next == NULL || strcmp(file->path, next->path) < 0)) {
            next = file;
        }
    }
    return next;
}

void ee_image_identity(const struct ee_image *image, uint8_t identity[EE_SHA256_SIZE])
{
    struct ee_sha256 hash;
    char spelled[2 * EE_SHA256_SIZE + 1];
    ee_sha256_begin(&hash);
    for (const struct ee_stored *file = next_named(image, NULL); file != NULL;
         file = next_named(image, file)) {
        ee_sha256_spell(file->sha256, spelled);
        ee_sha256_take(&hash, file->path, strlen(file->path));
        ee_sha256_take(&hash, " ", 1);
        ee_sha256_take(&hash, spelled, sizeof spelled - 1);
        ee_sha256_take(&hash, "\n", 1);
    }
    ee_sha256_end(&hash, identity);
}
