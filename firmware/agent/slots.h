/* Two slots and which of them is run: what a device keeps of bundles, as `edge/slots` does.
 *
 * Whatever is interrupted, at any point: the current slot is the one it was, or the new one, and
 * each is whole. */
#ifndef EE_SLOTS_H
#define EE_SLOTS_H

#include "arena.h"
#include "hold.h"
#include "pointer.h"
#include "writing.h"

enum { EE_CURRENT, EE_PREVIOUS, EE_WRITTEN };

enum { EE_MOST_FILES = 1000 }; /* of a bundle */

struct ee_slots {
    char root[EE_ROOT_SIZE];
    const struct ee_board *board;
    const struct ee_trust *trust; /* NULL for everyone */
    struct ee_hashes hashes;
    struct ee_hold hold; /* on the slot that is written to */
    bool is_writing;
    struct ee_writing writing;
};

/* A file of a slot. */
struct ee_kept {
    struct ee_kept *next;
    uint32_t size;
    uint8_t sha256[EE_SHA256_SIZE];
    char path[EE_PATH_SIZE];
};

/* The identity (all 0 where there is no manifest that holds) and the files of a slot. */
struct ee_slot_files {
    struct ee_arena arena;
    uint8_t identity[EE_SHA256_SIZE];
    struct ee_kept *first, **end;
    uint16_t count;
};

/* Makes a folder for slots, if need be, and opens it; NULL: it cannot be used. */
struct ee_slots *ee_slots_open(const char *root, const struct ee_board *board,
                               const struct ee_trust *trust, struct ee_error *error);
void ee_slots_close(struct ee_slots *slots);

/* Writes down where a slot lies. */
void ee_slots_folder(const struct ee_slots *slots, char slot, char folder[EE_SLOT_SIZE]);

/* Reads which slot is run; if that was damaged, finds one that holds a whole bundle. */
bool ee_slots_read(const struct ee_slots *slots, struct ee_pointer *now, struct ee_error *error);

/* Finds which slot is run; 0 if none is. */
bool ee_slots_current(const struct ee_slots *slots, char *slot, struct ee_error *error);

/* Keeps the current slot from being written to; `hold` is of slot 0 if there is none. */
bool ee_slots_hold(const struct ee_slots *slots, struct ee_hold *hold, struct ee_error *error);

/* Lists a slot; `files` are freed with their arena. */
bool ee_slots_list(struct ee_slots *slots, uint8_t slot, struct ee_slot_files *files,
                   struct ee_error *error);

/* Begins to write a bundle, or goes on with it. */
bool ee_slots_begin(struct ee_slots *slots, const struct ee_announced *announced,
                    struct ee_error *error);

/* Returns what is being written, or NULL if nothing is. */
struct ee_writing *ee_slots_writing(struct ee_slots *slots, struct ee_error *error);

/* Makes what was verified the current bundle. */
bool ee_slots_switch(struct ee_slots *slots, const uint8_t *identity, struct ee_error *error);

/* Makes the bundle before the current one the current one again, if it is still whole. */
bool ee_slots_rollback(struct ee_slots *slots, struct ee_error *error);

/* Lets others write; what was written stays. */
void ee_slots_release(struct ee_slots *slots);

#endif
