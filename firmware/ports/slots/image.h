/* One slot in memory: a table of files, and their bytes one behind the other.
 *
 * A reset may come between any two writes, so nothing here is believed: what counts is the hash of
 * the bytes that are there. */
#ifndef EE_IMAGE_H
#define EE_IMAGE_H

#include "generated.h"
#include "sha256.h"

#ifndef EE_IMAGE_ROOM
#define EE_IMAGE_ROOM (7u << 20) /* bytes of files */
#endif

enum { EE_MOST_STORED = 64, EE_LONGEST_STORED = 250 /* bytes of a path */ };

/* A file, whole if it has all its bytes. */
struct ee_stored {
    uint32_t at; /* where its bytes begin, a multiple of 8 */
    uint32_t size, have;
    uint8_t sha256[EE_SHA256_SIZE]; /* as it was announced */
    char path[EE_LONGEST_STORED + 2];
};

struct ee_image {
    uint32_t count, unused;
    struct ee_stored files[EE_MOST_STORED];
    uint8_t bytes[EE_IMAGE_ROOM];
};

/* What is called while something takes long, so that no watchdog bites; never NULL. */
typedef void (*ee_alive)(void);

/* Tells whether a table can be what was written: no memory that was never used. Nothing else here
 * may be asked of one that cannot. */
bool ee_image_is_sound(const struct ee_image *image);

/* Returns the number of the file at a path, or -1. */
int ee_image_find(const struct ee_image *image, struct ee_text path);

/* Returns the bytes of a file that is whole, or NULL. */
const uint8_t *ee_image_file(const struct ee_image *image, const char *path, size_t *size);

/* Computes the hash of the bytes of a file that are there. */
void ee_image_digest(const struct ee_image *image, int file, uint8_t digest[EE_SHA256_SIZE],
                     ee_alive alive);

/* Tells whether a file is whole, and its bytes are what was announced. */
bool ee_image_holds(const struct ee_image *image, int file, ee_alive alive);

/* Returns how many bytes of files could still be written. */
uint32_t ee_image_free(const struct ee_image *image);

/* Puts an empty file behind the others, where there is room for it. -1: there is none. */
int ee_image_add(struct ee_image *image, struct ee_text path, uint32_t size,
                 const uint8_t *sha256);

void ee_image_drop(struct ee_image *image, int file);

/* Moves all files to the beginning, so that what is free lies together. */
void ee_image_compact(struct ee_image *image, ee_alive alive);

/* Computes a bundle's identity (docs/protocol.md) from the files that a manifest names: all but
 * itself, the calibrations and the signature. */
void ee_image_identity(const struct ee_image *image, uint8_t identity[EE_SHA256_SIZE]);

#endif
