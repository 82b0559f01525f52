/* What is asked of JSON that was read. */
#include "json.h"

#include <stdlib.h>
#include <string.h>

const struct ee_json_node *ee_json_member(const struct ee_json_node *object, const char *name)
{
    if (object == NULL || object->type != EE_JSON_OBJECT) {
        return NULL;
    }
    const size_t size = strlen(name);
    for (const struct ee_json_node *member = object->first; member; member = member->next) {
        if (member->name_size == size && memcmp(member->name, name, size) == 0) {
            return member;
        }
    }
    return NULL;
}

/* Returns the member of a list or an object that a part of a pointer names. */
static const struct ee_json_node *step_into(const struct ee_json_node *node, const char *part,
                                            size_t size)
{
    size_t place = 0;
    for (size_t at = 0; at < size && node->type == EE_JSON_LIST; at++) {
        if (part[at] < '0' || part[at] > '9' || place > UINT16_MAX) {
            return NULL;
        }
        place = 10 * place + (size_t)(part[at] - '0');
    }
    for (const struct ee_json_node *member = node->first; member; member = member->next) {
        if (node->type == EE_JSON_LIST
                ? place-- == 0
                : member->name_size == size && memcmp(member->name, part, size) == 0) {
            return member;
        }
    }
    return NULL;
}

const struct ee_json_node *ee_json_follow(const struct ee_json_node *root,
                                          const struct ee_json_node *node)
{
    const struct ee_json_node *reference = ee_json_member(node, "$ref");
    if (reference == NULL || node->count != 1) {
        return node;
    }
    if (reference->type != EE_JSON_STRING || reference->size == 0 || *reference->text != '#') {
        return NULL;
    }
    const char *at = reference->text + 1;
    const char *end = reference->text + reference->size;
    while (root != NULL && at < end) {
        const char *part = ++at; /* behind the slash */
        while (at < end && *at != '/') {
            at++;
        }
        root = part <= end ? step_into(root, part, (size_t)(at - part)) : NULL;
    }
    return root;
}

bool ee_json_number(const struct ee_json_node *node, double *value)
{
    if (node == NULL || node->type != EE_JSON_NUMBER) {
        return false;
    }
    *value = strtod(node->text, NULL);
    return *value - *value == 0; /* 1e999 is infinite */
}

bool ee_json_count(const struct ee_json_node *node, uint64_t most, uint64_t *value)
{
    if (node == NULL || node->type != EE_JSON_NUMBER || node->size > 15) {
        return false;
    }
    *value = 0;
    for (size_t at = 0; at < node->size; at++) {
        if (node->text[at] < '0' || node->text[at] > '9') {
            return false;
        }
        *value = 10 * *value + (uint64_t)(node->text[at] - '0');
    }
    return *value <= most;
}

bool ee_json_is(const struct ee_json_node *node, const char *text)
{
    return node != NULL && node->type == EE_JSON_STRING && node->size == strlen(text) &&
           memcmp(node->text, text, node->size) == 0;
}

bool ee_json_copy(const struct ee_json_node *node, char *text, size_t room)
{
    if (node == NULL || node->type != EE_JSON_STRING || node->size >= room ||
        memchr(node->text, '\\', node->size) != NULL) {
        return false;
    }
    memcpy(text, node->text, node->size);
    text[node->size] = '\0';
    return true;
}
