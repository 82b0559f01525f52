/* From symbols to text. */
#ifndef EE_TEXT_H
#define EE_TEXT_H

#include "generated.h"

/* The symbols of an encoder, by their number: UTF-8, one behind the other in `bytes`. Symbol n
 * lies from `starts[n]` to `starts[n + 1]`. */
struct ee_tokens {
    const char *bytes;
    const uint32_t *starts;
    size_t count;
};

/* Joins symbols, with a space for each U+2581, and no two in a row nor at the ends. Returns the
 * text's length, which is at most that of all symbols together; what lies beyond `room` is not
 * written. */
size_t ee_text_of(const struct ee_tokens *tokens, const uint16_t *symbols, size_t count, char *text,
                  size_t room);

#endif
