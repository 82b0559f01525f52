/* UTF-8: what is well formed, and what is text that a person reads. */
#ifndef EE_UTF8_H
#define EE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EE_NO_CHARACTER 0xFFFFFFFFu

/* Returns the character at `*at` and steps behind it, or EE_NO_CHARACTER where there is none: cut
 * off, longer than it must be, a surrogate, or beyond U+10FFFF (RFC 3629). */
uint32_t ee_utf8_next(const uint8_t **at, const uint8_t *end);

/* Tells whether all of it is UTF-8 without the character 0. */
bool ee_utf8_is_string(const uint8_t *data, size_t size);

/* Tells whether all of it is UTF-8 without control characters but tab, line feed, carriage return,
 * backspace and escape. */
bool ee_utf8_is_text(const uint8_t *data, size_t size);

/* Returns how much of a string fits in so many bytes without cutting a character. */
size_t ee_utf8_fitting(const char *text, size_t size, size_t room);

#endif
