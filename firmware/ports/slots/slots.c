#include "slots.h"

#include "crc32.h"

#include <string.h>

static uint32_t crc_of(const struct ee_pointer *pointer)
{
    const uint8_t *bytes = (const uint8_t *)pointer;
    uint32_t crc = EE_CRC32_BEGIN;
    for (size_t at = 0; at < offsetof(struct ee_pointer, crc); at++) {
        crc = ee_crc32_byte(crc, bytes[at]);
    }
    return ee_crc32_end(crc);
}

static bool is_whole(const struct ee_pointer *pointer)
{
    return pointer->current <= 2 && pointer->previous <= 2 && pointer->crc == crc_of(pointer);
}

/* Returns the number of the record that holds, or -1. Sequences may run over. */
static int newest(const struct ee_slot_memory *memory)
{
    const struct ee_pointer *both = memory->pointers;
    if (!is_whole(&both[0]) || !is_whole(&both[1])) {
        return is_whole(&both[0]) ? 0 : is_whole(&both[1]) ? 1 : -1;
    }
    return (int32_t)(both[1].sequence - both[0].sequence) > 0;
}

struct ee_pointer ee_pointer_read(const struct ee_slot_memory *memory)
{
    const int found = newest(memory);
    return found < 0 ? (struct ee_pointer){0} : memory->pointers[found];
}

void ee_pointer_write(struct ee_slot_memory *memory, struct ee_pointer pointer)
{
    const int found = newest(memory);
    pointer.sequence = found < 0 ? 1 : memory->pointers[found].sequence + 1;
    pointer.crc = crc_of(&pointer);
    memory->pointers[found == 0] = pointer;
}

/* Returns the slot that is not run: 1 or 2. */
static uint8_t free_slot(struct ee_pointer now)
{
    return now.current == 1 ? 2 : 1;
}

struct ee_image *ee_slots_written(const struct ee_slots *slots)
{
    return &slots->memory->images[free_slot(ee_pointer_read(slots->memory)) - 1];
}

const struct ee_image *ee_slots_image(const struct ee_slots *slots, uint8_t slot,
                                      uint8_t identity[EE_SHA256_SIZE])
{
    const struct ee_pointer now = ee_pointer_read(slots->memory);
    const uint8_t number = slot == EE_CURRENT    ? now.current
                           : slot == EE_PREVIOUS ? now.previous
                           : now.previous == 0   ? free_slot(now)
                                                 : 0;
    memset(identity, 0, EE_SHA256_SIZE);
    if (number == 0) {
        return NULL;
    }
    const struct ee_image *image = &slots->memory->images[number - 1];
    if (!ee_image_is_sound(image)) {
        return NULL;
    }
    if (slot != EE_WRITTEN) {
        memcpy(identity, now.identities[number - 1], EE_SHA256_SIZE);
    }
    return image;
}

/* Returns whether an image has a calibration for the board. */
static bool is_calibrated(const struct ee_image *image, const char *board)
{
    static const char before[] = "calibration/", behind[] = ".json";
    const size_t size = strlen(board);
    char path[EE_LONGEST_STORED + 1];
    if (sizeof before + size + sizeof behind > sizeof path) {
        return false;
    }
    memcpy(path, before, sizeof before);
    memcpy(path + sizeof before - 1, board, size);
    memcpy(path + sizeof before - 1 + size, behind, sizeof behind);
    return ee_image_file(image, path, &(size_t){0}) != NULL;
}

const char *ee_slots_check(const struct ee_slots *slots, const struct ee_image *image,
                           const uint8_t *identity)
{
    uint8_t found[EE_SHA256_SIZE];
    if (!ee_image_is_sound(image)) {
        return "its table is damaged";
    }
    for (size_t at = 0; at < image->count; at++) {
        if (!ee_image_holds(image, (int)at, slots->alive)) {
            return "a file is not there, or not as it was sent";
        }
    }
    ee_image_identity(image, found);
    if (memcmp(found, identity, sizeof found) != 0) {
        return "the bundle is not the one that was announced";
    }
    if (ee_image_file(image, "manifest.json", &(size_t){0}) == NULL) {
        return "manifest.json: was not sent";
    }
    return is_calibrated(image, slots->board) ? NULL : "it is not calibrated for this board";
}

const char *ee_slots_begin(struct ee_slots *slots, const struct ee_begin *begin)
{
    if (begin->files == 0 || begin->files > EE_MOST_STORED || begin->size > EE_IMAGE_ROOM) {
        return "a bundle of so many files or bytes is not taken";
    }
    struct ee_pointer now = ee_pointer_read(slots->memory);
    if (now.previous != 0) {
        /* Before anything there is touched: nobody goes back to what is half overwritten. */
        now.previous = 0;
        ee_pointer_write(slots->memory, now);
    }
    ee_slots_release(slots);
    struct ee_image *image = ee_slots_written(slots);
    if (!ee_image_is_sound(image)) {
        image->count = 0;
    }
    memcpy(slots->identity, begin->identity, sizeof slots->identity);
    slots->files = begin->files;
    slots->size = begin->size;
    slots->is_writing = true;
    return NULL;
}

const char *ee_slots_switch(struct ee_slots *slots, const uint8_t *identity)
{
    if (!slots->verified || memcmp(slots->identity, identity, EE_SHA256_SIZE) != 0) {
        return "a bundle that was not verified is not switched to";
    }
    const struct ee_pointer now = ee_pointer_read(slots->memory);
    struct ee_pointer then = now;
    then.current = free_slot(now);
    then.previous = now.current;
    memcpy(then.identities[then.current - 1], identity, EE_SHA256_SIZE);
    ee_pointer_write(slots->memory, then);
    ee_slots_release(slots);
    return NULL;
}

const char *ee_slots_rollback(struct ee_slots *slots)
{
    const struct ee_pointer now = ee_pointer_read(slots->memory);
    struct ee_pointer then = now;
    ee_slots_release(slots);
    if (now.previous == 0) {
        return "there is no bundle before the current one";
    }
    const char *wrong = ee_slots_check(slots, &slots->memory->images[now.previous - 1],
                                       now.identities[now.previous - 1]);
    if (wrong == NULL) {
        then.current = now.previous;
        then.previous = now.current;
        ee_pointer_write(slots->memory, then);
    }
    return wrong;
}

void ee_slots_release(struct ee_slots *slots)
{
    slots->is_writing = slots->verified = false;
    memset(slots->named, 0, sizeof slots->named);
    slots->last = -1;
}
