/* Finds frames, and text between them, in a stream of bytes that may be damaged. */
#ifndef EE_RECEIVER_H
#define EE_RECEIVER_H

#include "frame.h"

/* Where what was found goes, in its order; either may be NULL. What the arguments point to holds
 * until the call returns. */
struct ee_sink {
    void *context;
    void (*frame)(void *context, const struct ee_frame *frame);
    void (*text)(void *context, const char *text, size_t size);
};

/* `noise` counts the bytes that were neither a frame nor text, `foreign` the frames of other
 * versions, which are passed over. Begin with all 0 but `sink`. */
struct ee_receiver {
    struct ee_sink sink;
    uint32_t noise;
    uint32_t foreign;
    size_t held;
    bool no_text; /* what is held is known to be no text */
    uint8_t buffer[EE_LONGEST_ENCODED + 1];
};

void ee_receive(struct ee_receiver *receiver, const uint8_t *data, size_t size);

/* Gives the text that was begun and waits for its line feed: a prompt, or the last words. */
void ee_receiver_flush(struct ee_receiver *receiver);

#endif
