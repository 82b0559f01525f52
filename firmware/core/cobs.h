/* Consistent Overhead Byte Stuffing (Cheshire and Baker 1999): bytes spelled without the byte 0. */
#ifndef EE_COBS_H
#define EE_COBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Spells bytes one by one into a buffer; `used` is how many are spelled, `full` that it is not
 * large enough. */
struct ee_cobs_writer {
    uint8_t *out;
    size_t room;
    size_t used;
    size_t piece; /* where the piece that is being written has its length */
    bool full;
};

void ee_cobs_begin(struct ee_cobs_writer *writer, uint8_t *out, size_t room);
void ee_cobs_put(struct ee_cobs_writer *writer, uint8_t byte);
void ee_cobs_end(struct ee_cobs_writer *writer);

/* Reads back what was spelled, byte by byte. */
struct ee_cobs_reader {
    const uint8_t *at;
    const uint8_t *end;
    uint8_t left; /* bytes of this piece that are still to come */
    bool zero;    /* a 0 follows this piece, if another piece does */
};

enum { EE_COBS_END = -1, EE_COBS_BROKEN = -2 };

void ee_cobs_read(struct ee_cobs_reader *reader, const uint8_t *data, size_t size);

/* Returns the next byte, or that there is none, or that this is no encoding of anything. */
int ee_cobs_next(struct ee_cobs_reader *reader);

#endif
