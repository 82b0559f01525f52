/* Frames: the byte 0, COBS of (version, type, number, body, CRC-32), and the byte 0.
 *
 * Numbers are little-endian. `docs/protocol.md` has it byte by byte. */
#ifndef EE_FRAME_H
#define EE_FRAME_H

#include "cobs.h"
#include "generated.h"

enum { EE_HEAD_SIZE = 4, EE_CHECK_SIZE = 4 };

/* Room that any frame fits in. */
#define EE_FRAME_ROOM (EE_LONGEST_ENCODED + 2)

struct ee_frame {
    uint8_t type;
    uint16_t number;
    const uint8_t *body;
    size_t size; /* of the body */
};

/* Writes a frame as it goes over the link, straight into its buffer. */
struct ee_frame_writer {
    struct ee_cobs_writer cobs;
    uint32_t crc;
    size_t size; /* of the body so far */
};

void ee_frame_begin(struct ee_frame_writer *writer, uint8_t *out, size_t room, uint8_t type,
                    uint16_t number);
void ee_frame_put(struct ee_frame_writer *writer, const uint8_t *bytes, size_t size);

/* Returns the length of the frame, or 0 if its body is too long for a frame or for the room. */
size_t ee_frame_end(struct ee_frame_writer *writer);

/* Tells whether what lay between two 0 is a frame of any version, and what its version is. */
bool ee_frame_is_whole(const uint8_t *piece, size_t size, uint8_t *version);

/* Decodes a whole frame where it lies: `frame` points into `piece`. */
void ee_frame_open(uint8_t *piece, size_t size, struct ee_frame *frame);

#endif
