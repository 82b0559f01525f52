#include "utf8.h"

uint32_t ee_utf8_next(const uint8_t **at, const uint8_t *end)
{
    const uint8_t *next = *at;
    if (next == end) {
        return EE_NO_CHARACTER;
    }
    const uint8_t first = *next++;
    uint32_t character = first;
    uint32_t least = 0;
    int more = 0;
    if (first >= 0xF0 && first < 0xF8) {
        character = first & 0x07u, least = 0x10000, more = 3;
    } else if (first >= 0xE0 && first < 0xF0) {
        character = first & 0x0Fu, least = 0x800, more = 2;
    } else if (first >= 0xC0 && first < 0xE0) {
        character = first & 0x1Fu, least = 0x80, more = 1;
    } else if (first >= 0x80) {
        return EE_NO_CHARACTER;
    }
    for (; more > 0; more--) {
        if (next == end || (*next & 0xC0u) != 0x80) {
            return EE_NO_CHARACTER;
        }
        character = character << 6 | (*next++ & 0x3Fu);
    }
    if (character < least || character > 0x10FFFF || (character >= 0xD800 && character < 0xE000)) {
        return EE_NO_CHARACTER;
    }
    *at = next;
    return character;
}

bool ee_utf8_is_string(const uint8_t *data, size_t size)
{
    const uint8_t *end = data + size;
    while (data < end) {
        const uint32_t character = ee_utf8_next(&data, end);
        if (character == 0 || character == EE_NO_CHARACTER) {
            return false;
        }
    }
    return true;
}

static bool is_readable(uint32_t character)
{
    switch (character) {
    case '\b':
    case '\t':
    case '\n':
    case '\r':
    case 0x1B:
        return true;
    default:
        return (character >= 0x20 && character < 0x7F) || (character >= 0xA0 && character <= 0x10FFFF);
    }
}

bool ee_utf8_is_text(const uint8_t *data, size_t size)
{
    const uint8_t *end = data + size;
    while (data < end) {
        if (!is_readable(ee_utf8_next(&data, end))) {
            return false;
        }
    }
    return true;
}

size_t ee_utf8_fitting(const char *text, size_t size, size_t room)
{
    if (size <= room) {
        return size;
    }
    while (room > 0 && ((unsigned char)text[room] & 0xC0u) == 0x80) {
        room--;
    }
    return room;
}
