#include "flatbuffer.h"

uint32_t ee_flat_get(const struct ee_flatbuffer *buffer, size_t at, size_t width)
{
    uint32_t value = 0;
    if (at > buffer->size || buffer->size - at < width) {
        return 0;
    }
    for (size_t byte = width; byte-- > 0;) {
        value = value << 8 | buffer->bytes[at + byte];
    }
    return value;
}

void ee_flat_set(const struct ee_flatbuffer *buffer, size_t at, uint32_t value)
{
    for (size_t byte = 0; byte < 4; byte++) {
        buffer->bytes[at + byte] = (uint8_t)(value >> 8 * byte);
    }
}

size_t ee_flat_follow(const struct ee_flatbuffer *buffer, size_t at)
{
    const uint32_t offset = ee_flat_get(buffer, at, 4);
    const size_t place = at + offset;
    return at > 0 && offset > 0 && place <= buffer->size - 4 ? place : 0;
}

size_t ee_flat_field(const struct ee_flatbuffer *buffer, size_t table, unsigned number)
{
    const int64_t offset = (int32_t)ee_flat_get(buffer, table, 4);
    const int64_t names = (int64_t)table - offset;
    if (table == 0 || names < 0 || (uint64_t)names > buffer->size) {
        return 0;
    }
    const size_t entry = 4 + 2 * (size_t)number;
    if (entry + 2 > ee_flat_get(buffer, (size_t)names, 2)) {
        return 0;
    }
    const size_t within = ee_flat_get(buffer, (size_t)names + entry, 2);
    return within > 0 && table + within <= buffer->size - 4 ? table + within : 0;
}

size_t ee_flat_length(const struct ee_flatbuffer *buffer, size_t list)
{
    const size_t count = list > 0 ? ee_flat_get(buffer, list, 4) : 0;
    return count <= (buffer->size - list - 4) / 4 ? count : 0;
}

size_t ee_flat_element(const struct ee_flatbuffer *buffer, size_t list, size_t number)
{
    return ee_flat_follow(buffer, list + 4 + 4 * number);
}
