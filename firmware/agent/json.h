/* A reader of JSON (RFC 8259) with bounds: it is given files that came over a link.
 *
 * What is read stays where it is; a value is a node that says where. Names are compared as they are
 * written, so that a name with an escape in it is not found. */
#ifndef EE_JSON_H
#define EE_JSON_H

#include "sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EE_JSON_DEEPEST = 24 };

enum ee_json_type {
    EE_JSON_NULL,
    EE_JSON_FALSE,
    EE_JSON_TRUE,
    EE_JSON_NUMBER,
    EE_JSON_STRING,
    EE_JSON_LIST,
    EE_JSON_OBJECT,
};

/* A value; text is without its quotes, and with its escapes. */
struct ee_json_node {
    enum ee_json_type type;
    const char *text;
    size_t size;
    const char *name; /* in an object */
    size_t name_size;
    struct ee_json_node *next;  /* of the same list or object */
    struct ee_json_node *first; /* in a list or object */
    size_t count;
};

/* Reads `size` bytes of text, behind which lies a 0, into at most `room` nodes, the first of which
 * is the whole. False: this is no JSON, or it is too large or too deep. */
bool ee_json_read(const char *text, size_t size, struct ee_json_node *nodes, size_t room);

/* Returns a member of an object, or NULL. */
const struct ee_json_node *ee_json_member(const struct ee_json_node *object, const char *name);

/* Returns what a reference {"$ref": "#/a/0/b"} refers to, or the node itself if it is none. NULL:
 * there is no such place. */
const struct ee_json_node *ee_json_follow(const struct ee_json_node *root,
                                          const struct ee_json_node *node);

/* Tell whether a node is a number (a whole one from 0 on), and which. */
bool ee_json_number(const struct ee_json_node *node, double *value);
bool ee_json_count(const struct ee_json_node *node, uint64_t most, uint64_t *value);

/* Tells whether a node is this very text. */
bool ee_json_is(const struct ee_json_node *node, const char *text);

/* Copies a text without escapes, with a 0 at its end. False: it is none, or too long. */
bool ee_json_copy(const struct ee_json_node *node, char *text, size_t room);

/* Returns the member of an object whose name comes next behind that of `last`, in the order of their
 * characters, or the first if that is NULL. */
const struct ee_json_node *ee_json_next_by_name(const struct ee_json_node *object,
                                                const struct ee_json_node *last);

/* Takes an object in one spelling (names sorted, no spaces, ASCII), but for one member. False: a
 * name stands twice. */
bool ee_json_digest(const struct ee_json_node *object, const char *but, struct ee_sha256 *hash);

#endif
