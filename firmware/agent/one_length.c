#include "one_length.h"

#include <string.h>

/* Field numbers of TFLite's schema, of tables Model and SignatureDef. */
enum { SUBGRAPHS = 2, SIGNATURES = 7, KEY = 2, SUBGRAPH = 4 };

/* A FlatBuffer; 0 is the place of nothing. */
struct buffer {
    uint8_t *bytes;
    size_t size;
};

static uint32_t get(const struct buffer *buffer, size_t at, size_t width)
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

static void set(const struct buffer *buffer, size_t at, uint32_t value)
{
    for (size_t byte = 0; byte < 4; byte++) {
        buffer->bytes[at + byte] = (uint8_t)(value >> 8 * byte);
    }
}

/* Returns what a place refers to, with four bytes there, or 0. */
static size_t follow(const struct buffer *buffer, size_t at)
{
    const uint32_t offset = get(buffer, at, 4);
    const size_t place = at + offset;
    return at > 0 && offset > 0 && place <= buffer->size - 4 ? place : 0;
}

/* Returns the place of a table's field, or 0 if that is left out. */
static size_t field(const struct buffer *buffer, size_t table, unsigned number)
{
    const int64_t offset = (int32_t)get(buffer, table, 4);
    const int64_t names = (int64_t)table - offset;
    if (table == 0 || names < 0 || (uint64_t)names > buffer->size) {
        return 0;
    }
    const size_t entry = 4 + 2 * (size_t)number;
    if (entry + 2 > get(buffer, (size_t)names, 2)) {
        return 0;
    }
    const size_t within = get(buffer, (size_t)names + entry, 2);
    return within > 0 && table + within <= buffer->size - 4 ? table + within : 0;
}

/* Returns a list's length, if all of it is there. */
static size_t length(const struct buffer *buffer, size_t list)
{
    const size_t count = list > 0 ? get(buffer, list, 4) : 0;
    return count <= (buffer->size - list - 4) / 4 ? count : 0;
}

static size_t element(const struct buffer *buffer, size_t list, size_t number)
{
    return follow(buffer, list + 4 + 4 * number);
}

static bool is_named(const struct buffer *buffer, size_t signature, const char *name)
{
    const size_t text = follow(buffer, field(buffer, signature, KEY));
    const size_t size = strlen(name);
    return text > 0 && get(buffer, text, 4) == size && buffer->size - text - 4 >= size &&
           memcmp(buffer->bytes + text + 4, name, size) == 0;
}

/* Leaves one element of a list, which lies behind the list's first. */
static void leave(const struct buffer *buffer, size_t list, size_t place)
{
    set(buffer, list, 1);
    set(buffer, list + 4, (uint32_t)(place - (list + 4)));
}

bool ee_keep_one_length(uint8_t *model, size_t size, const char *name)
{
    const struct buffer buffer = {model, size};
    if (size < 8 || size > INT32_MAX || memcmp(model + 4, "TFL3", 4) != 0) {
        return false;
    }
    const size_t root = get(&buffer, 0, 4);
    const size_t subgraphs = follow(&buffer, field(&buffer, root, SUBGRAPHS));
    const size_t signatures = follow(&buffer, field(&buffer, root, SIGNATURES));
    const size_t count = length(&buffer, signatures);
    /* A subgraph without a signature is called by an operator, by its number. */
    if (count == 0 || length(&buffer, subgraphs) != count) {
        return false;
    }
    for (size_t at = 0; at < count; at++) {
        const size_t signature = element(&buffer, signatures, at);
        if (!is_named(&buffer, signature, name)) {
            continue;
        }
        const size_t number = field(&buffer, signature, SUBGRAPH);
        const size_t wanted = number > 0 ? get(&buffer, number, 4) : 0;
        const size_t subgraph = wanted < count ? element(&buffer, subgraphs, wanted) : 0;
        if (subgraph <= subgraphs + 4 || signature <= signatures + 4) {
            return false;
        }
        if (number > 0) {
            set(&buffer, number, 0);
        }
        leave(&buffer, subgraphs, subgraph);
        leave(&buffer, signatures, signature);
        return true;
    }
    return false;
}
