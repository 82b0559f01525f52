/* A bundle on its way into a slot, file by file, as `edge/slots/writing.py` writes it.
 *
 * A file is written beside its place, and put there when it is whole: what another slot shares with
 * this one is never written to. What was written stays, whatever is refused, and the next writing in
 * the same folder goes on with it. */
#ifndef EE_WRITING_H
#define EE_WRITING_H

#include "boards.h"
#include "contents.h"
#include "hashes.h"

/* What Begin says of a bundle: its identity, how many files it has, and their bytes. */
struct ee_announced {
    uint8_t identity[EE_SHA256_SIZE];
    uint16_t files;
    uint64_t size;
};

struct ee_writing {
    char folder[EE_SLOT_SIZE];
    char run[EE_SLOT_SIZE]; /* the slot that is run, in which a file may be found; "" for none */
    const struct ee_board *board;
    const struct ee_trust *trust; /* NULL for everyone */
    struct ee_hashes *hashes;
    struct ee_announced announced;
    struct ee_names names; /* with room for as many as were announced */
    uint64_t size;         /* of these, bytes */
    struct ee_named *last; /* whose bytes are taken; NULL for none */
    bool is_open;          /* the unfinished file of `last` */
    int handle;
    bool verified;
};

/* Returns how many bytes of files can still be written to a folder. */
uint64_t ee_free_bytes(const char *folder);

/* Begins; the folders, board, trust and hashes are set. */
bool ee_writing_begin(struct ee_writing *writing, const struct ee_announced *announced,
                      struct ee_error *error);

/* Names a file; one that is on the device already is put to its place. */
bool ee_writing_put(struct ee_writing *writing, const char *path, uint32_t size,
                    const uint8_t *sha256, struct ee_error *error);

/* Writes bytes of the file that was named last, from `first` on. */
bool ee_writing_chunk(struct ee_writing *writing, uint32_t first, const uint8_t *data, size_t size,
                      struct ee_error *error);

/* Checks all that was named against what is on the disk, and waits until it is safe there. */
bool ee_writing_verify(struct ee_writing *writing, const uint8_t *identity,
                       struct ee_error *error);

/* Closes the file that is being written; what there is of it stays. */
void ee_writing_close(struct ee_writing *writing);

void ee_writing_end(struct ee_writing *writing);

/* Refuses a file that does not fit, even without what the slot held before. */
bool ee_make_room(const struct ee_writing *writing, const struct ee_named *file, uint64_t size,
                  struct ee_error *error);

/* Puts a file to its place if any slot has it: `found` tells. False: it could not be put there. */
bool ee_take_found(struct ee_writing *writing, const struct ee_named *file, bool *found,
                   struct ee_error *error);

#endif
