#include "json.h"

#include <string.h>

struct reader {
    const char *at;
    const char *end;
    struct ee_json_node *nodes;
    size_t used, room;
};

static bool read_value(struct reader *reader, struct ee_json_node *node, int depth);

static void skip_space(struct reader *reader)
{
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL && *reader->at != 0) {
        reader->at++;
    }
}

static bool take(struct reader *reader, char character)
{
    skip_space(reader);
    if (reader->at == reader->end || *reader->at != character) {
        return false;
    }
    reader->at++;
    return true;
}

static bool is_hexadecimal(char digit)
{
    return digit != 0 && strchr("0123456789abcdefABCDEF", digit) != NULL;
}

static bool skip_escape(struct reader *reader)
{
    if (reader->at == reader->end || *reader->at == 0) {
        return false;
    }
    const char kind = *reader->at++;
    if (kind != 'u') {
        return strchr("\"\\/bfnrt", kind) != NULL;
    }
    for (int digits = 0; digits < 4; digits++) {
        if (reader->at == reader->end || !is_hexadecimal(*reader->at++)) {
            return false;
        }
    }
    return true;
}

static bool read_string(struct reader *reader, const char **text, size_t *size)
{
    if (!take(reader, '"')) {
        return false;
    }
    *text = reader->at;
    while (reader->at < reader->end) {
        const char character = *reader->at++;
        if (character == '"') {
            *size = (size_t)(reader->at - *text) - 1;
            return true;
        }
        if ((unsigned char)character < 0x20 || (character == '\\' && !skip_escape(reader))) {
            return false;
        }
    }
    return false;
}

static struct ee_json_node *new_node(struct reader *reader)
{
    if (reader->used == reader->room) {
        return NULL;
    }
    struct ee_json_node *node = &reader->nodes[reader->used++];
    *node = (struct ee_json_node){.type = EE_JSON_NULL};
    return node;
}

/* Reads the members of a list or an object up to its end. */
static bool read_members(struct reader *reader, struct ee_json_node *node, int depth, char end)
{
    struct ee_json_node **place = &node->first;
    if (take(reader, end)) {
        return true;
    }
    do {
        struct ee_json_node *member = new_node(reader);
        if (member == NULL) {
            return false;
        }
        if (node->type == EE_JSON_OBJECT &&
            !(read_string(reader, &member->name, &member->name_size) && take(reader, ':'))) {
            return false;
        }
        if (!read_value(reader, member, depth + 1)) {
            return false;
        }
        *place = member;
        place = &member->next;
        node->count++;
    } while (take(reader, ','));
    return take(reader, end);
}

static bool read_word(struct reader *reader, struct ee_json_node *node)
{
    static const char *const words[] = {"null", "false", "true"};
    for (int at = 0; at < 3; at++) {
        const size_t size = strlen(words[at]);
        if ((size_t)(reader->end - reader->at) >= size &&
            memcmp(reader->at, words[at], size) == 0) {
            node->type = (enum ee_json_type)(EE_JSON_NULL + at);
            node->text = reader->at;
            node->size = size;
            reader->at += size;
            return true;
        }
    }
    return false;
}

static size_t skip_digits(struct reader *reader)
{
    const char *first = reader->at;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') {
        reader->at++;
    }
    return (size_t)(reader->at - first);
}

static bool read_number(struct reader *reader, struct ee_json_node *node)
{
    node->type = EE_JSON_NUMBER;
    node->text = reader->at;
    if (*reader->at == '-') {
        reader->at++;
    }
    const bool zero = reader->at < reader->end && *reader->at == '0';
    const size_t whole = skip_digits(reader);
    if (whole == 0 || (zero && whole > 1)) {
        return false;
    }
    if (reader->at < reader->end && *reader->at == '.') {
        reader->at++;
        if (skip_digits(reader) == 0) {
            return false;
        }
    }
    if (reader->at < reader->end && (*reader->at == 'e' || *reader->at == 'E')) {
        reader->at++;
        if (reader->at < reader->end && (*reader->at == '+' || *reader->at == '-')) {
            reader->at++;
        }
        if (skip_digits(reader) == 0) {
            return false;
        }
    }
    node->size = (size_t)(reader->at - node->text);
    return true;
}

static bool read_value(struct reader *reader, struct ee_json_node *node, int depth)
{
    skip_space(reader);
    if (reader->at == reader->end || depth > EE_JSON_DEEPEST) {
        return false;
    }
    switch (*reader->at) {
    case '{':
        reader->at++;
        node->type = EE_JSON_OBJECT;
        return read_members(reader, node, depth, '}');
    case '[':
        reader->at++;
        node->type = EE_JSON_LIST;
        return read_members(reader, node, depth, ']');
    case '"':
        node->type = EE_JSON_STRING;
        return read_string(reader, &node->text, &node->size);
    case 'n':
    case 't':
    case 'f':
        return read_word(reader, node);
    default:
        return read_number(reader, node);
    }
}

bool ee_json_read(const char *text, size_t size, struct ee_json_node *nodes, size_t room)
{
    struct reader reader = {.at = text, .end = text + size, .nodes = nodes, .room = room};
    struct ee_json_node *whole = new_node(&reader);
    if (whole == NULL || !read_value(&reader, whole, 0)) {
        return false;
    }
    skip_space(&reader);
    return reader.at == reader.end;
}
