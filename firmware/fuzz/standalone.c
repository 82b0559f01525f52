/* In libFuzzer's place, where there is no clang: `fuzz-NAME RUNS SEED FILE...` gives the files, each
 * changed at random, so many times. */
#include "fuzz.h"

#include <string.h>

enum { LARGEST = 1 << 20 };

static uint64_t state;

/* xorshift64 (Marsaglia 2003). */
static size_t draw(size_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return below > 0 ? (size_t)(state % below) : 0;
}

/* Changes, doubles or takes away a few bytes; returns how many are left. */
static size_t mutate(uint8_t *data, size_t size, size_t room)
{
    for (size_t left = 1 + draw(6); left > 0 && size > 0; left--) {
        const size_t at = draw(size), length = 1 + draw(size - at < 16 ? size - at : 16);
        static const uint8_t odd[] = {0, 1, 0x7F, 0x80, 0xFF, '"', '\\', '{', '[', '\n'};
        switch (draw(5)) {
        case 0:
            data[at] ^= (uint8_t)(1u << draw(8));
            break;
        case 1:
            data[at] = odd[draw(sizeof odd)];
            break;
        case 2:
            data[at] = (uint8_t)draw(256);
            break;
        case 3:
            memmove(data + at, data + at + length, size - at - length);
            size -= length;
            break;
        default:
            if (size + length <= room) {
                memmove(data + at + length, data + at, size - at);
                size += length;
            }
        }
    }
    return size;
}

int main(int count, char **words)
{
    static uint8_t seed[LARGEST], data[2 * LARGEST];
    if (count < 4) {
        (void)fputs("usage: fuzz RUNS SEED FILE...\n", stderr);
        return 2;
    }
    const unsigned long runs = strtoul(words[1], NULL, 10);
    state = strtoull(words[2], NULL, 10) | 1;
    for (int at = 3; at < count; at++) {
        FILE *file = fopen(words[at], "rb");
        if (file == NULL) {
            perror(words[at]);
            return 2;
        }
        const size_t size = fread(seed, 1, sizeof seed, file);
        (void)fclose(file);
        (void)LLVMFuzzerTestOneInput(seed, size);
        for (unsigned long run = 0; run < runs; run++) {
            memcpy(data, seed, size);
            (void)LLVMFuzzerTestOneInput(data, mutate(data, size, sizeof data));
        }
    }
    return 0;
}
