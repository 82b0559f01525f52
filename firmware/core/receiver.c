#include "receiver.h"

#include "utf8.h"

static void hold_nothing(struct ee_receiver *receiver)
{
    receiver->held = 0;
    receiver->no_text = false;
}

static void give_text(struct ee_receiver *receiver, const uint8_t *text, size_t size)
{
    if (receiver->sink.text != NULL) {
        receiver->sink.text(receiver->sink.context, (const char *)text, size);
    }
}

/* Gives each line that is text, and counts the others as noise. */
static void give_lines(struct ee_receiver *receiver, size_t size)
{
    const uint8_t *line = receiver->buffer;
    const uint8_t *end = line + size;
    while (line < end) {
        const uint8_t *behind = line;
        while (behind < end && *behind++ != '\n') {
        }
        const size_t length = (size_t)(behind - line);
        if (ee_utf8_is_text(line, length)) {
            give_text(receiver, line, length);
        } else {
            receiver->noise += (uint32_t)length;
        }
        line = behind;
    }
}

static void piece_ended(struct ee_receiver *receiver)
{
    uint8_t version;
    if (receiver->held == 0) {
        return;
    }
    if (!ee_frame_is_whole(receiver->buffer, receiver->held, &version)) {
        give_lines(receiver, receiver->held);
    } else if (version != EE_WIRE_VERSION) {
        receiver->foreign++;
    } else if (receiver->sink.frame != NULL) {
        struct ee_frame frame;
        ee_frame_open(receiver->buffer, receiver->held, &frame);
        receiver->sink.frame(receiver->sink.context, &frame);
    }
    hold_nothing(receiver);
}

/* Gives `size` bytes of what is held, up to a line feed, if they are text. Of a frame that was
 * begun, the first byte may look like a line; its second, the version, stands in no text. */
static void line_ended(struct ee_receiver *receiver, size_t size)
{
    if (receiver->no_text || !ee_utf8_is_text(receiver->buffer, size)) {
        receiver->no_text = true;
        return;
    }
    give_lines(receiver, size);
    receiver->held -= size;
    if (receiver->held > 0) {
        receiver->buffer[0] = receiver->buffer[size];
    }
}

static void take(struct ee_receiver *receiver, uint8_t byte)
{
    if (byte == 0) {
        piece_ended(receiver);
        return;
    }
    receiver->buffer[receiver->held++] = byte;
    if (byte == '\n' && receiver->held > 1) {
        line_ended(receiver, receiver->held);
    } else if (receiver->held == 2 && receiver->buffer[0] == '\n' && byte > EE_WIRE_VERSIONS) {
        line_ended(receiver, 1);
    }
    if (receiver->held > EE_LONGEST_ENCODED) {
        give_lines(receiver, receiver->held);
        hold_nothing(receiver);
    }
}

void ee_receive(struct ee_receiver *receiver, const uint8_t *data, size_t size)
{
    for (size_t at = 0; at < size; at++) {
        take(receiver, data[at]);
    }
}

void ee_receiver_flush(struct ee_receiver *receiver)
{
    if (receiver->held < 2 || !ee_utf8_is_text(receiver->buffer, receiver->held)) {
        return;
    }
    give_text(receiver, receiver->buffer, receiver->held);
    hold_nothing(receiver);
}
