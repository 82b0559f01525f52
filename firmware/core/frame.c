#include "frame.h"

#include "crc32.h"

static void put_byte(struct ee_frame_writer *writer, uint8_t byte)
{
    writer->crc = ee_crc32_byte(writer->crc, byte);
    ee_cobs_put(&writer->cobs, byte);
}

void ee_frame_begin(struct ee_frame_writer *writer, uint8_t *out, size_t room, uint8_t type,
                    uint16_t number)
{
    *writer = (struct ee_frame_writer){.crc = EE_CRC32_BEGIN};
    /* The two 0 around it are not COBS's. */
    if (room < 2) {
        writer->cobs.full = true;
        return;
    }
    out[0] = 0;
    ee_cobs_begin(&writer->cobs, out + 1, room - 2);
    put_byte(writer, EE_WIRE_VERSION);
    put_byte(writer, type);
    put_byte(writer, (uint8_t)(number & 0xFF));
    put_byte(writer, (uint8_t)(number >> 8));
}

void ee_frame_put(struct ee_frame_writer *writer, const uint8_t *bytes, size_t size)
{
    writer->size += size;
    for (size_t at = 0; at < size && !writer->cobs.full; at++) {
        put_byte(writer, bytes[at]);
    }
}

size_t ee_frame_end(struct ee_frame_writer *writer)
{
    const uint32_t check = ee_crc32_end(writer->crc);
    for (unsigned shift = 0; shift < 32 && !writer->cobs.full; shift += 8) {
        ee_cobs_put(&writer->cobs, (uint8_t)(check >> shift));
    }
    if (writer->cobs.full || writer->size > EE_MAX_BODY) {
        return 0;
    }
    ee_cobs_end(&writer->cobs);
    writer->cobs.out[writer->cobs.used] = 0;
    return writer->cobs.used + 2;
}

bool ee_frame_is_whole(const uint8_t *piece, size_t size, uint8_t *version)
{
    struct ee_cobs_reader reader;
    ee_cobs_read(&reader, piece, size);
    uint32_t crc = EE_CRC32_BEGIN;
    size_t length = 0;
    int byte;
    while ((byte = ee_cobs_next(&reader)) >= 0) {
        if (length++ == 0) {
            *version = (uint8_t)byte;
        }
        crc = ee_crc32_byte(crc, (uint8_t)byte);
    }
    return byte == EE_COBS_END && length >= EE_HEAD_SIZE + EE_CHECK_SIZE &&
           crc == EE_CRC32_GOOD && *version >= 1 && *version <= EE_WIRE_VERSIONS;
}

void ee_frame_open(uint8_t *piece, size_t size, struct ee_frame *frame)
{
    struct ee_cobs_reader reader;
    ee_cobs_read(&reader, piece, size);
    /* What is decoded is never longer than what has been read of it. */
    size_t length = 0;
    for (int byte; (byte = ee_cobs_next(&reader)) >= 0;) {
        piece[length++] = (uint8_t)byte;
    }
    frame->type = piece[1];
    frame->number = (uint16_t)(piece[2] | piece[3] << 8);
    frame->body = piece + EE_HEAD_SIZE;
    frame->size = length - EE_HEAD_SIZE - EE_CHECK_SIZE;
}
