/* From a message to a frame and back, field by field, as the table in `generated.c` has them. */
#ifndef EE_MESSAGE_H
#define EE_MESSAGE_H

#include "frame.h"

/* What is wrong with a message. */
enum ee_wire_error {
    EE_WIRE_OK,
    EE_WIRE_UNKNOWN_TYPE,
    EE_WIRE_TOO_SHORT,
    EE_WIRE_TOO_LONG,
    EE_WIRE_NOT_A_STRING,
    EE_WIRE_NOT_A_NUMBER,
};

/* Writes a message, one of the structures in `generated.h`, as the frame of that number. `size` is
 * then its length. Of EE_FRAME_ROOM bytes none is too few. */
enum ee_wire_error ee_encode(uint8_t type, const void *message, uint16_t number, uint8_t *out,
                             size_t room, size_t *size);

/* Reads a frame's message; texts and data point into the frame's body. */
enum ee_wire_error ee_decode(const struct ee_frame *frame, union ee_message *message);

/* Says it in words. */
const char *ee_wire_error_text(enum ee_wire_error error);

#endif
