#include "inline_buffers.h"

#include "flatbuffer.h"

#include <stdlib.h>
#include <string.h>

/* Field numbers of TFLite's schema, of tables Model and Buffer. */
enum { BUFFERS = 4, OFFSET = 1, SIZE = 2 };

/* Weights lie at multiples of this. */
enum { ALIGNED = 16 };

/* A list of names with one entry: of a table of 8 bytes, its first field behind the first 4. */
static const uint8_t names[] = {6, 0, 8, 0, 4, 0};

/* Where what a buffer holds lies behind the FlatBuffer; size 0: it does not. */
struct outside {
    size_t offset, size;
};

static size_t align(size_t size)
{
    return (size + ALIGNED - 1) / ALIGNED * ALIGNED;
}

static struct outside outside_of(const struct ee_flatbuffer *model, size_t buffer)
{
    const size_t offset = ee_flat_field(model, buffer, OFFSET);
    const size_t size = ee_flat_field(model, buffer, SIZE);
    struct outside found = {0, 0};
    if (offset > 0 && size > 0 && ee_flat_get(model, offset, 4) > 1) {
        found.offset = ee_flat_get(model, offset, 4);
        found.size = ee_flat_get(model, size, 4);
    }
    return found;
}

/* Puts a table behind the copy's end, of a buffer that holds so much; returns where that goes. */
static uint8_t *append(const struct ee_flatbuffer *copy, size_t at, size_t base, size_t list_entry,
                       size_t size)
{
    const size_t table = base + 4, data = base + 12;
    ee_flat_set(copy, table, (uint32_t)(table - at));
    ee_flat_set(copy, table + 4, (uint32_t)(data - (table + 4)));
    ee_flat_set(copy, data, (uint32_t)size);
    ee_flat_set(copy, list_entry, (uint32_t)(table - list_entry));
    return copy->bytes + data + 4;
}

bool ee_inline_buffers(uint8_t *bytes, size_t size, uint8_t **inlined, size_t *inlined_size)
{
    const struct ee_flatbuffer model = {bytes, size};
    *inlined = NULL;
    if (size < 8 || size > INT32_MAX || memcmp(bytes + 4, "TFL3", 4) != 0) {
        return true;
    }
    const size_t root = ee_flat_get(&model, 0, 4);
    const size_t list = ee_flat_follow(&model, ee_flat_field(&model, root, BUFFERS));
    const size_t count = list > 0 ? ee_flat_length(&model, list) : 0;
    size_t head = size, more = 0;
    for (size_t at = 0; at < count; at++) {
        const struct outside one = outside_of(&model, ee_flat_element(&model, list, at));
        if (one.size > 0) {
            if (one.offset > size || size - one.offset < one.size) {
                return false;
            }
            head = one.offset < head ? one.offset : head;
            more += ALIGNED + align(one.size);
        }
    }
    if (more == 0) {
        return true;
    }
    const size_t tables = align(head);
    const struct ee_flatbuffer copy = {calloc(1, tables + ALIGNED + more),
                                       tables + ALIGNED + more};
    if (copy.bytes == NULL || list + 4 + 4 * count > head || copy.size > INT32_MAX) {
        free(copy.bytes);
        return false;
    }
    memcpy(copy.bytes, bytes, head);
    memcpy(copy.bytes + tables, names, sizeof names);
    size_t base = tables + ALIGNED;
    for (size_t at = 0; at < count; at++) {
        const struct outside one = outside_of(&model, ee_flat_element(&model, list, at));
        if (one.size > 0) {
            memcpy(append(&copy, tables, base, list + 4 + 4 * at, one.size), bytes + one.offset,
                   one.size);
            base += ALIGNED + align(one.size);
        }
    }
    *inlined = copy.bytes;
    *inlined_size = copy.size;
    return true;
}
