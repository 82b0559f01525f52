#include "tokens.h"

#include "mapping.h"
#include "utf8.h"

#include <string.h>

struct line {
    const uint8_t *symbol;
    size_t size;
    uint32_t number;
};

/* Reads a line, and steps behind it. */
static bool read_line(const uint8_t **at, const uint8_t *end, struct line *line)
{
    const uint8_t *byte = *at;
    line->symbol = byte;
    while (byte < end && *byte > ' ') {
        byte++;
    }
    line->size = (size_t)(byte - line->symbol);
    while (byte < end && (*byte == ' ' || *byte == '\t')) {
        byte++;
    }
    const uint8_t *digits = byte;
    line->number = 0;
    while (byte < end && *byte >= '0' && *byte <= '9' && byte - digits < 9) {
        line->number = 10 * line->number + (uint32_t)(*byte++ - '0');
    }
    const bool numbered = byte > digits;
    while (byte < end && (*byte == ' ' || *byte == '\t' || *byte == '\r')) {
        byte++;
    }
    const bool ended = byte == end || *byte == '\n';
    *at = byte < end ? byte + 1 : end;
    return line->size > 0 && numbered && ended && ee_utf8_is_string(line->symbol, line->size);
}

/* Notes how long each symbol is, in the place of where it starts. */
static bool measure(const struct ee_mapping *file, uint32_t *sizes, size_t count)
{
    const uint8_t *at = file->bytes, *end = file->bytes + file->size;
    size_t lines = 0;
    while (at < end) {
        struct line line;
        if (!read_line(&at, end, &line) || line.number >= count || sizes[line.number] != 0) {
            return false;
        }
        sizes[line.number] = (uint32_t)line.size;
        lines++;
    }
    return lines == count;
}

static void copy(const struct ee_mapping *file, const uint32_t *starts, char *bytes)
{
    const uint8_t *at = file->bytes, *end = file->bytes + file->size;
    while (at < end) {
        struct line line;
        (void)read_line(&at, end, &line);
        memcpy(bytes + starts[line.number], line.symbol, line.size);
    }
}

bool ee_tokens_read(struct ee_bundle *bundle, const char *name, struct ee_error *error)
{
    struct ee_mapping file;
    if (!ee_map_file(&file, bundle->path, name, error)) {
        return false;
    }
    const size_t count = bundle->vocabulary;
    uint32_t *starts = ee_arena_take(&bundle->arena, count + 1, sizeof *starts);
    char *bytes = ee_arena_take(&bundle->arena, file.size, 1);
    const bool right = starts != NULL && bytes != NULL && measure(&file, starts, count);
    if (right) {
        uint32_t start = 0;
        for (size_t at = 0; at <= count; at++) {
            const uint32_t size = starts[at];
            starts[at] = start;
            start += size;
        }
        copy(&file, starts, bytes);
        bundle->tokens = (struct ee_tokens){.bytes = bytes, .starts = starts, .count = count};
    }
    ee_unmap_file(&file);
    if (!right) {
        return ee_fail(error, "BundleError", "convert the checkpoint again",
                       "%s/%s: is not a list of %zu tokens", bundle->path, name, count);
    }
    return true;
}
