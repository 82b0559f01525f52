/* Any bytes from a link: frames are read as messages, and what is read can be written again. */
#include "fuzz.h"
#include "message.h"
#include "receiver.h"

#include <stdlib.h>
#include <string.h>

static void take_frame(void *context, const struct ee_frame *frame)
{
    static uint8_t out[EE_FRAME_ROOM];
    struct ee_receiver *again = context;
    union ee_message message;
    size_t size;
    if (ee_decode(frame, &message) == EE_WIRE_OK) {
        FUZZ_HOLDS(ee_encode(frame->type, &message, frame->number, out, sizeof out, &size) ==
                   EE_WIRE_OK);
        ee_receive(again, out, size);
        FUZZ_HOLDS(again->held == 0 && again->noise == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ee_receiver receiver, again;
    receiver = again = (struct ee_receiver){0};
    receiver.sink = (struct ee_sink){&again, take_frame, NULL};
    /* In two pieces, so that every border is met. */
    const size_t first = size > 0 ? data[0] % size : 0;
    ee_receive(&receiver, data, first);
    ee_receive(&receiver, data + first, size - first);
    ee_receiver_flush(&receiver);
    FUZZ_HOLDS(receiver.held <= EE_LONGEST_ENCODED && receiver.noise <= size);

    /* The same bytes as the body of a message of any type. */
    if (size > 0) {
        const struct ee_frame frame = {data[0], 0, data + 1, size - 1};
        again = (struct ee_receiver){0};
        take_frame(&again, &frame);
    }
    return 0;
}
