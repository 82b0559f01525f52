#include "cobs.h"

enum { LONGEST = 254 };

static void append(struct ee_cobs_writer *writer, uint8_t byte)
{
    if (writer->used == writer->room) {
        writer->full = true;
        return;
    }
    writer->out[writer->used++] = byte;
}

static void begin_piece(struct ee_cobs_writer *writer)
{
    writer->piece = writer->used;
    append(writer, 0); /* its length, which is known at its end */
}

static void end_piece(struct ee_cobs_writer *writer)
{
    if (!writer->full) {
        writer->out[writer->piece] = (uint8_t)(writer->used - writer->piece);
    }
}

void ee_cobs_begin(struct ee_cobs_writer *writer, uint8_t *out, size_t room)
{
    *writer = (struct ee_cobs_writer){.out = out, .room = room};
    begin_piece(writer);
}

void ee_cobs_put(struct ee_cobs_writer *writer, uint8_t byte)
{
    if (byte != 0) {
        append(writer, byte);
        if (writer->used - writer->piece <= LONGEST) {
            return;
        }
    }
    end_piece(writer);
    begin_piece(writer);
}

void ee_cobs_end(struct ee_cobs_writer *writer)
{
    end_piece(writer);
}

void ee_cobs_read(struct ee_cobs_reader *reader, const uint8_t *data, size_t size)
{
    *reader = (struct ee_cobs_reader){.at = data, .end = data + size};
}

int ee_cobs_next(struct ee_cobs_reader *reader)
{
    while (reader->left == 0) {
        if (reader->at == reader->end) {
            return EE_COBS_END;
        }
        const uint8_t length = *reader->at;
        if (length == 0 || reader->end - reader->at < length) {
            return EE_COBS_BROKEN;
        }
        const bool zero = reader->zero;
        reader->at++;
        reader->left = (uint8_t)(length - 1);
        reader->zero = length <= LONGEST;
        if (zero) {
            return 0;
        }
    }
    reader->left--;
    return *reader->at != 0 ? *reader->at++ : EE_COBS_BROKEN;
}
