#include "message.h"

#include "utf8.h"

#include <math.h>
#include <string.h>

enum { HASH_SIZE = 32 };

static const struct ee_layout *layout_of(uint8_t type)
{
    for (size_t at = 0; at < EE_LAYOUTS; at++) {
        if (ee_layouts[at].type == type) {
            return &ee_layouts[at];
        }
    }
    return NULL;
}

/* Bytes of a number; the size of its structure's field is the same. */
static size_t width(uint8_t kind)
{
    switch (kind) {
    case EE_U8:
        return 1;
    case EE_U16:
        return 2;
    case EE_U64:
        return 8;
    default:
        return 4;
    }
}

static uint64_t load(const uint8_t *field, uint8_t kind)
{
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    switch (kind) {
    case EE_U8:
        return *field;
    case EE_U16:
        memcpy(&u16, field, sizeof u16);
        return u16;
    case EE_U64:
        memcpy(&u64, field, sizeof u64);
        return u64;
    default: /* a float's bits as well */
        memcpy(&u32, field, sizeof u32);
        return u32;
    }
}

static void store(uint8_t *field, uint8_t kind, uint64_t value)
{
    const uint16_t u16 = (uint16_t)value;
    const uint32_t u32 = (uint32_t)value;
    switch (kind) {
    case EE_U8:
        *field = (uint8_t)value;
        break;
    case EE_U16:
        memcpy(field, &u16, sizeof u16);
        break;
    case EE_U64:
        memcpy(field, &value, sizeof value);
        break;
    default:
        memcpy(field, &u32, sizeof u32);
    }
}

static void put_number(struct ee_frame_writer *writer, uint64_t value, size_t size)
{
    uint8_t bytes[8];
    for (size_t at = 0; at < size; at++) {
        bytes[at] = (uint8_t)(value >> 8 * at);
    }
    ee_frame_put(writer, bytes, size);
}

static uint64_t get_number(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t at = size; at-- > 0;) {
        value = value << 8 | bytes[at];
    }
    return value;
}

static bool is_allowed(uint8_t kind, const uint8_t *field)
{
    float value;
    if (kind != EE_F32 && kind != EE_F32_OR_NAN) {
        return true;
    }
    memcpy(&value, field, sizeof value);
    return isfinite(value) || (kind == EE_F32_OR_NAN && isnan(value));
}

static enum ee_wire_error put_counted(struct ee_frame_writer *writer, const struct ee_field *field,
                                      const uint8_t *bytes, uint16_t size)
{
    if (size > field->most) {
        return EE_WIRE_TOO_LONG;
    }
    if (field->kind == EE_TEXT && !ee_utf8_is_string(bytes, size)) {
        return EE_WIRE_NOT_A_STRING;
    }
    put_number(writer, size, 2);
    ee_frame_put(writer, bytes, size);
    return EE_WIRE_OK;
}

static enum ee_wire_error put_field(struct ee_frame_writer *writer, const struct ee_field *field,
                                    const uint8_t *place)
{
    struct ee_text text;
    struct ee_data data;
    const uint8_t *hash;
    switch (field->kind) {
    case EE_TEXT:
        memcpy(&text, place, sizeof text);
        return put_counted(writer, field, (const uint8_t *)text.bytes, text.size);
    case EE_DATA:
        memcpy(&data, place, sizeof data);
        return put_counted(writer, field, data.bytes, data.size);
    case EE_HASH:
        memcpy(&hash, place, sizeof hash);
        ee_frame_put(writer, hash, HASH_SIZE);
        return EE_WIRE_OK;
    default:
        if (!is_allowed(field->kind, place)) {
            return EE_WIRE_NOT_A_NUMBER;
        }
        put_number(writer, load(place, field->kind), width(field->kind));
        return EE_WIRE_OK;
    }
}

enum ee_wire_error ee_encode(uint8_t type, const void *message, uint16_t number, uint8_t *out,
                             size_t room, size_t *size)
{
    const struct ee_layout *layout = layout_of(type);
    if (layout == NULL) {
        return EE_WIRE_UNKNOWN_TYPE;
    }
    struct ee_frame_writer writer;
    ee_frame_begin(&writer, out, room, type, number);
    for (size_t at = 0; at < layout->count; at++) {
        const struct ee_field *field = &layout->fields[at];
        const enum ee_wire_error error =
            put_field(&writer, field, (const uint8_t *)message + field->offset);
        if (error != EE_WIRE_OK) {
            return error;
        }
    }
    *size = ee_frame_end(&writer);
    return *size > 0 ? EE_WIRE_OK : EE_WIRE_TOO_LONG;
}

/* Reads one field at `at` of the body, and steps behind it. */
static enum ee_wire_error get_field(const struct ee_field *field, const struct ee_frame *frame,
                                    size_t *at, uint8_t *place)
{
    const uint8_t *bytes = frame->body + *at;
    const size_t left = frame->size - *at;
    if (field->kind == EE_TEXT || field->kind == EE_DATA) {
        if (left < 2) {
            return EE_WIRE_TOO_SHORT;
        }
        const uint16_t size = (uint16_t)get_number(bytes, 2);
        if (size > field->most) {
            return EE_WIRE_TOO_LONG;
        }
        if (left - 2 < size) {
            return EE_WIRE_TOO_SHORT;
        }
        *at += 2u + size;
        const struct ee_text text = {(const char *)bytes + 2, size};
        const struct ee_data data = {bytes + 2, size};
        if (field->kind == EE_DATA) {
            memcpy(place, &data, sizeof data);
            return EE_WIRE_OK;
        }
        memcpy(place, &text, sizeof text);
        return ee_utf8_is_string(bytes + 2, size) ? EE_WIRE_OK : EE_WIRE_NOT_A_STRING;
    }
    const size_t size = field->kind == EE_HASH ? HASH_SIZE : width(field->kind);
    if (left < size) {
        return EE_WIRE_TOO_SHORT;
    }
    *at += size;
    if (field->kind == EE_HASH) {
        memcpy(place, &bytes, sizeof bytes);
        return EE_WIRE_OK;
    }
    store(place, field->kind, get_number(bytes, size));
    return is_allowed(field->kind, place) ? EE_WIRE_OK : EE_WIRE_NOT_A_NUMBER;
}

enum ee_wire_error ee_decode(const struct ee_frame *frame, union ee_message *message)
{
    const struct ee_layout *layout = layout_of(frame->type);
    if (layout == NULL) {
        return EE_WIRE_UNKNOWN_TYPE;
    }
    size_t read = 0;
    for (size_t at = 0; at < layout->count; at++) {
        const struct ee_field *field = &layout->fields[at];
        const enum ee_wire_error error =
            get_field(field, frame, &read, (uint8_t *)message + field->offset);
        if (error != EE_WIRE_OK) {
            return error;
        }
    }
    return EE_WIRE_OK;
}

const char *ee_wire_error_text(enum ee_wire_error error)
{
    switch (error) {
    case EE_WIRE_OK:
        return "nothing is wrong";
    case EE_WIRE_UNKNOWN_TYPE:
        return "a message of this type is not known";
    case EE_WIRE_TOO_SHORT:
        return "a message ends before its last field does";
    case EE_WIRE_TOO_LONG:
        return "a field is longer than it may be";
    case EE_WIRE_NOT_A_STRING:
        return "a text is not UTF-8, or holds the character 0";
    default:
        return "NaN or infinity where a number must stand";
    }
}
