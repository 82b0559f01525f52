/* JSON in one spelling: that of Python's json.dumps(sort_keys=True, separators=(",", ":")).
 *
 * Numbers are taken as they stand. Python wrote them, as it would again. */
#include "json.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

static void put(struct ee_sha256 *hash, const char *text)
{
    ee_sha256_take(hash, text, strlen(text));
}

static uint32_t hexadecimal(const char *digits)
{
    char number[5] = {0};
    memcpy(number, digits, 4);
    return (uint32_t)strtoul(number, NULL, 16);
}

/* Returns the next character of a text with escapes, and steps behind it. */
static uint32_t next_character(const char **at, const char *end)
{
    static const char short_forms[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    if (**at != '\\') {
        const uint8_t *place = (const uint8_t *)*at;
        const uint32_t character = ee_utf8_next(&place, (const uint8_t *)end);
        *at = (const char *)place;
        return character;
    }
    const char kind = (*at)[1];
    *at += 2;
    if (kind != 'u') {
        return (unsigned char)meant[strchr(short_forms, kind) - short_forms];
    }
    const uint32_t first = hexadecimal(*at);
    *at += 4;
    if (first < 0xD800 || first >= 0xDC00 || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u') {
        return first;
    }
    const uint32_t second = hexadecimal(*at + 2);
    if (second < 0xDC00 || second >= 0xE000) {
        return first;
    }
    *at += 6;
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

static void put_escape(struct ee_sha256 *hash, uint32_t unit)
{
    static const char digits[] = "0123456789abcdef";
    const char escape[6] = {'\\', 'u', digits[unit >> 12 & 15], digits[unit >> 8 & 15],
                            digits[unit >> 4 & 15], digits[unit & 15]};
    ee_sha256_take(hash, escape, sizeof escape);
}

static void put_character(struct ee_sha256 *hash, uint32_t character)
{
    static const char special[] = "\"\\\b\f\n\r\t";
    static const char spelled[] = "\"\\bfnrt";
    const char *found =
        character > 0 && character < 0x80 ? strchr(special, (int)character) : NULL;
    if (found != NULL) {
        const char escape[2] = {'\\', spelled[found - special]};
        ee_sha256_take(hash, escape, sizeof escape);
    } else if (character >= 0x20 && character < 0x7F) {
        const char plain = (char)character;
        ee_sha256_take(hash, &plain, 1);
    } else if (character < 0x10000) {
        put_escape(hash, character);
    } else {
        put_escape(hash, 0xD800 + ((character - 0x10000) >> 10));
        put_escape(hash, 0xDC00 + (character & 0x3FF));
    }
}

static bool put_string(struct ee_sha256 *hash, const char *text, size_t size)
{
    const char *end = text + size;
    put(hash, "\"");
    while (text < end) {
        const uint32_t character = next_character(&text, end);
        if (character == EE_NO_CHARACTER) {
            return false;
        }
        put_character(hash, character);
    }
    put(hash, "\"");
    return true;
}

/* Compares two names, character by character. */
static int order(const struct ee_json_node *one, const struct ee_json_node *other)
{
    const char *a = one->name, *b = other->name;
    const char *a_end = a + one->name_size, *b_end = b + other->name_size;
    while (a < a_end && b < b_end) {
        const uint32_t of_one = next_character(&a, a_end);
        const uint32_t of_other = next_character(&b, b_end);
        if (of_one != of_other) {
            return of_one < of_other ? -1 : 1;
        }
        if (of_one == EE_NO_CHARACTER) {
            return 0;
        }
    }
    return (a < a_end) - (b < b_end);
}

const struct ee_json_node *ee_json_next_by_name(const struct ee_json_node *object,
                                                const struct ee_json_node *last)
{
    const struct ee_json_node *next = NULL;
    for (const struct ee_json_node *member = object->first; member; member = member->next) {
        if ((last == NULL || order(member, last) > 0) &&
            (next == NULL || order(member, next) < 0)) {
            next = member;
        }
    }
    return next;
}

static bool put_value(struct ee_sha256 *hash, const struct ee_json_node *node);

static bool put_object(struct ee_sha256 *hash, const struct ee_json_node *object, const char *but)
{
    size_t count = 0;
    const char *between = "{";
    const struct ee_json_node *member = NULL;
    while ((member = ee_json_next_by_name(object, member)) != NULL) {
        count++;
        if (but != NULL && member == ee_json_member(object, but)) {
            continue;
        }
        put(hash, between);
        between = ",";
        if (!put_string(hash, member->name, member->name_size)) {
            return false;
        }
        put(hash, ":");
        if (!put_value(hash, member)) {
            return false;
        }
    }
    put(hash, *between == '{' ? "{}" : "}");
    return count == object->count;
}

static bool put_value(struct ee_sha256 *hash, const struct ee_json_node *node)
{
    switch (node->type) {
    case EE_JSON_STRING:
        return put_string(hash, node->text, node->size);
    case EE_JSON_OBJECT:
        return put_object(hash, node, NULL);
    case EE_JSON_LIST:
        put(hash, "[");
        for (const struct ee_json_node *item = node->first; item; item = item->next) {
            if (!put_value(hash, item)) {
                return false;
            }
            put(hash, item->next != NULL ? "," : "");
        }
        put(hash, "]");
        return true;
    default:
        ee_sha256_take(hash, node->text, node->size);
        return true;
    }
}

bool ee_json_digest(const struct ee_json_node *object, const char *but, struct ee_sha256 *hash)
{
    return object->type == EE_JSON_OBJECT && put_object(hash, object, but);
}
