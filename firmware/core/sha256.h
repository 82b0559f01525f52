/* SHA-256 (FIPS 180-4). */
#ifndef EE_SHA256_H
#define EE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { EE_SHA256_SIZE = 32 };

struct ee_sha256 {
    uint32_t state[8];
    uint64_t length; /* bytes taken */
    uint8_t block[64];
};

void ee_sha256_begin(struct ee_sha256 *hash);
void ee_sha256_take(struct ee_sha256 *hash, const void *data, size_t size);
void ee_sha256_end(struct ee_sha256 *hash, uint8_t digest[EE_SHA256_SIZE]);

/* Spells a digest in 64 hexadecimal digits and a 0. */
void ee_sha256_spell(const uint8_t digest[EE_SHA256_SIZE], char text[2 * EE_SHA256_SIZE + 1]);

#endif
