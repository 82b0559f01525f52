#include "text.h"

#include <string.h>

/* U+2581, by which pieces of words begin. */
static const char space[] = "\xE2\x96\x81";
enum { SPACE_SIZE = sizeof space - 1 };

struct writer {
    char *text;
    size_t room;
    size_t size;
    bool between; /* a space is due before the next character */
};

static void append(struct writer *writer, char byte)
{
    if (writer->size < writer->room) {
        writer->text[writer->size] = byte;
    }
    writer->size++;
}

static void spell(struct writer *writer, const char *symbol, size_t size)
{
    for (size_t at = 0; at < size;) {
        if (size - at >= SPACE_SIZE && memcmp(symbol + at, space, SPACE_SIZE) == 0) {
            writer->between = writer->size > 0;
            at += SPACE_SIZE;
            continue;
        }
        if (writer->between) {
            append(writer, ' ');
            writer->between = false;
        }
        append(writer, symbol[at++]);
    }
}

size_t ee_text_of(const struct ee_tokens *tokens, const uint16_t *symbols, size_t count, char *text,
                  size_t room)
{
    struct writer writer = {.text = text, .room = room};
    for (size_t at = 0; at < count; at++) {
        const uint16_t symbol = symbols[at];
        if (symbol < tokens->count) {
            const uint32_t start = tokens->starts[symbol];
            spell(&writer, tokens->bytes + start, tokens->starts[symbol + 1] - start);
        }
    }
    return writer.size;
}
