#include "sha256.h"

#include <string.h>

static const uint32_t rounds[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotated(uint32_t value, unsigned by)
{
    return value >> by | value << (32 - by);
}

static void mix(uint32_t state[8], const uint8_t block[64])
{
    uint32_t w[64];
    for (size_t at = 0; at < 16; at++) {
        w[at] = (uint32_t)block[4 * at] << 24 | (uint32_t)block[4 * at + 1] << 16 |
                (uint32_t)block[4 * at + 2] << 8 | block[4 * at + 3];
    }
    for (size_t at = 16; at < 64; at++) {
        const uint32_t s0 = rotated(w[at - 15], 7) ^ rotated(w[at - 15], 18) ^ w[at - 15] >> 3;
        const uint32_t s1 = rotated(w[at - 2], 17) ^ rotated(w[at - 2], 19) ^ w[at - 2] >> 10;
        w[at] = w[at - 16] + s0 + w[at - 7] + s1;
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (size_t at = 0; at < 64; at++) {
        const uint32_t s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
        const uint32_t one = h + s1 + ((e & f) ^ (~e & g)) + rounds[at] + w[at];
        const uint32_t s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
        const uint32_t two = s0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + one, d = c, c = b, b = a, a = one + two;
    }
    const uint32_t mixed[8] = {a, b, c, d, e, f, g, h};
    for (size_t at = 0; at < 8; at++) {
        state[at] += mixed[at];
    }
}

void ee_sha256_begin(struct ee_sha256 *hash)
{
    *hash = (struct ee_sha256){
        .state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                  0x1f83d9ab, 0x5be0cd19},
    };
}

void ee_sha256_take(struct ee_sha256 *hash, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    while (size > 0) {
        const size_t held = hash->length % sizeof hash->block;
        const size_t room = sizeof hash->block - held;
        const size_t part = size < room ? size : room;
        memcpy(hash->block + held, bytes, part);
        hash->length += part;
        if (part == room) {
            mix(hash->state, hash->block);
        }
        bytes += part;
        size -= part;
    }
}

void ee_sha256_end(struct ee_sha256 *hash, uint8_t digest[EE_SHA256_SIZE])
{
    const uint64_t bits = 8 * hash->length;
    static const uint8_t padding[64] = {0x80};
    const size_t held = hash->length % 64;
    ee_sha256_take(hash, padding, held < 56 ? 56 - held : 120 - held);
    uint8_t length[8];
    for (size_t at = 0; at < 8; at++) {
        length[at] = (uint8_t)(bits >> (56 - 8 * at));
    }
    ee_sha256_take(hash, length, sizeof length);
    for (size_t at = 0; at < EE_SHA256_SIZE; at++) {
        digest[at] = (uint8_t)(hash->state[at / 4] >> (24 - 8 * (at % 4)));
    }
}

void ee_sha256_spell(const uint8_t digest[EE_SHA256_SIZE], char text[2 * EE_SHA256_SIZE + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t at = 0; at < EE_SHA256_SIZE; at++) {
        text[2 * at] = digits[digest[at] >> 4];
        text[2 * at + 1] = digits[digest[at] & 15];
    }
    text[2 * EE_SHA256_SIZE] = '\0';
}
