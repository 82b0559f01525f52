/* The CRC-32 of Ethernet and zlib, by a table of 16 numbers. */
#ifndef EE_CRC32_H
#define EE_CRC32_H

#include <stddef.h>
#include <stdint.h>

#define EE_CRC32_BEGIN 0xFFFFFFFFu

/* What is left in the register after data and its own checksum, whatever the data. */
#define EE_CRC32_GOOD 0xDEBB20E3u

/* Takes one byte more into the register, which begins as EE_CRC32_BEGIN. */
uint32_t ee_crc32_byte(uint32_t crc, uint8_t byte);

/* Returns the checksum of what the register has taken. */
uint32_t ee_crc32_end(uint32_t crc);

#endif
