/* Two slots in memory and which of them is run: what a microcontroller keeps of bundles.
 *
 * The messages are those of docs/protocol.md. Whatever is interrupted, at any point: the current
 * slot is the one it was, or the new one, and is whole. What is wrong is said in words; NULL is
 * nothing. */
#ifndef EE_SLOTS_H
#define EE_SLOTS_H

#include "image.h"

enum { EE_CURRENT, EE_PREVIOUS, EE_WRITTEN };

/* Which slots are run and gone back to, 1 or 2, and 0 for none; and what they are. */
struct ee_pointer {
    uint32_t sequence;
    uint8_t current, previous, unused[2];
    uint8_t identities[2][EE_SHA256_SIZE];
    uint32_t crc; /* of all before it */
};

/* Memory that outlives a reset, of any content when it is new. */
struct ee_slot_memory {
    struct ee_pointer pointers[2]; /* the newer one that is whole holds */
    struct ee_image images[2];
};

/* Begin with all 0 but the first three. */
struct ee_slots {
    struct ee_slot_memory *memory;
    const char *board; /* for which a bundle must be calibrated */
    ee_alive alive;

    bool is_writing, verified;
    uint8_t identity[EE_SHA256_SIZE]; /* this, and the next two, as Begin said */
    uint16_t files;
    uint64_t size;
    bool named[EE_MOST_STORED];
    int last; /* whose bytes are taken; -1 for none */
};

struct ee_pointer ee_pointer_read(const struct ee_slot_memory *memory);

/* Replaces the older of the two, so that there is always one that is whole. */
void ee_pointer_write(struct ee_slot_memory *memory, struct ee_pointer pointer);

/* Returns the image of EE_CURRENT, EE_PREVIOUS or EE_WRITTEN, or NULL if that is empty; `identity`
 * is all 0 for one that is being written. */
const struct ee_image *ee_slots_image(const struct ee_slots *slots, uint8_t slot,
                                      uint8_t identity[EE_SHA256_SIZE]);

/* Returns the image that is written to. */
struct ee_image *ee_slots_written(const struct ee_slots *slots);

/* Checks every file of an image, and that it is the bundle it should be. */
const char *ee_slots_check(const struct ee_slots *slots, const struct ee_image *image,
                           const uint8_t *identity);

const char *ee_slots_begin(struct ee_slots *slots, const struct ee_begin *begin);
const char *ee_slots_put(struct ee_slots *slots, const struct ee_put *put);
const char *ee_slots_chunk(struct ee_slots *slots, const struct ee_put_chunk *chunk);
const char *ee_slots_verify(struct ee_slots *slots, const uint8_t *identity);
const char *ee_slots_switch(struct ee_slots *slots, const uint8_t *identity);
const char *ee_slots_rollback(struct ee_slots *slots);

/* Ends what was begun; what was written stays. */
void ee_slots_release(struct ee_slots *slots);

#endif
