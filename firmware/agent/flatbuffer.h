/* A FlatBuffer that may be damaged: nothing is read beyond its end. 0 is the place of nothing. */
#ifndef EE_FLATBUFFER_H
#define EE_FLATBUFFER_H

#include <stddef.h>
#include <stdint.h>

struct ee_flatbuffer {
    uint8_t *bytes;
    size_t size;
};

/* Returns a number of so many bytes, up to 4, or 0. */
uint32_t ee_flat_get(const struct ee_flatbuffer *buffer, size_t at, size_t width);

/* Writes four bytes, which must be there. */
void ee_flat_set(const struct ee_flatbuffer *buffer, size_t at, uint32_t value);

/* Returns what a place refers to, with four bytes there, or 0. */
size_t ee_flat_follow(const struct ee_flatbuffer *buffer, size_t at);

/* Returns the place of a table's field, or 0 if that is left out. */
size_t ee_flat_field(const struct ee_flatbuffer *buffer, size_t table, unsigned number);

/* Returns a list's length, if all of it is there. */
size_t ee_flat_length(const struct ee_flatbuffer *buffer, size_t list);

size_t ee_flat_element(const struct ee_flatbuffer *buffer, size_t list, size_t number);

#endif
