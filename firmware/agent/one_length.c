#include "one_length.h"

#include "flatbuffer.h"

#include <string.h>

/* Field numbers of TFLite's schema, of tables Model and SignatureDef. */
enum { SUBGRAPHS = 2, SIGNATURES = 7, KEY = 2, SUBGRAPH = 4 };

static bool is_named(const struct ee_flatbuffer *buffer, size_t signature, const char *name)
{
    const size_t text = ee_flat_follow(buffer, ee_flat_field(buffer, signature, KEY));
    const size_t size = strlen(name);
    return text > 0 && ee_flat_get(buffer, text, 4) == size && buffer->size - text - 4 >= size &&
           memcmp(buffer->bytes + text + 4, name, size) == 0;
}

/* Leaves one element of a list, which lies behind the list's first. */
static void leave(const struct ee_flatbuffer *buffer, size_t list, size_t place)
{
    ee_flat_set(buffer, list, 1);
    ee_flat_set(buffer, list + 4, (uint32_t)(place - (list + 4)));
}

bool ee_keep_one_length(uint8_t *model, size_t size, const char *name)
{
    const struct ee_flatbuffer buffer = {model, size};
    if (size < 8 || size > INT32_MAX || memcmp(model + 4, "TFL3", 4) != 0) {
        return false;
    }
    const size_t root = ee_flat_get(&buffer, 0, 4);
    const size_t subgraphs = ee_flat_follow(&buffer, ee_flat_field(&buffer, root, SUBGRAPHS));
    const size_t signatures = ee_flat_follow(&buffer, ee_flat_field(&buffer, root, SIGNATURES));
    const size_t count = ee_flat_length(&buffer, signatures);
    /* A subgraph without a signature is called by an operator, by its number. */
    if (count == 0 || ee_flat_length(&buffer, subgraphs) != count) {
        return false;
    }
    for (size_t at = 0; at < count; at++) {
        const size_t signature = ee_flat_element(&buffer, signatures, at);
        if (!is_named(&buffer, signature, name)) {
            continue;
        }
        const size_t number = ee_flat_field(&buffer, signature, SUBGRAPH);
        const size_t wanted = number > 0 ? ee_flat_get(&buffer, number, 4) : 0;
        const size_t subgraph = wanted < count ? ee_flat_element(&buffer, subgraphs, wanted) : 0;
        if (subgraph <= subgraphs + 4 || signature <= signatures + 4) {
            return false;
        }
        if (number > 0) {
            ee_flat_set(&buffer, number, 0);
        }
        leave(&buffer, subgraphs, subgraph);
        leave(&buffer, signatures, signature);
        return true;
    }
    return false;
}
