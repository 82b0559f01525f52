#include "crc32.h"

/* The reflected polynomial 04C11DB7 times each of 16 half bytes: 64 bytes of flash, not 1024. */
static const uint32_t by_half_byte[16] = {
    0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
    0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
};

uint32_t ee_crc32_byte(uint32_t crc, uint8_t byte)
{
    crc ^= byte;
    crc = (crc >> 4) ^ by_half_byte[crc & 15];
    return (crc >> 4) ^ by_half_byte[crc & 15];
}

uint32_t ee_crc32_end(uint32_t crc)
{
    return ~crc;
}
