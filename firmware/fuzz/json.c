/* Any text as JSON: what is read can be followed, and has a digest or none. */
#include "json.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 4096 };

static void walk(const struct ee_json_node *root, const struct ee_json_node *node)
{
    double number;
    uint64_t count;
    char text[16];
    const struct ee_json_node *found = ee_json_follow(root, node);
    FUZZ_HOLDS(found == NULL || found->type <= EE_JSON_OBJECT);
    (void)ee_json_number(node, &number);
    (void)ee_json_count(node, UINT32_MAX, &count);
    (void)ee_json_copy(node, text, sizeof text);
    size_t members = 0;
    for (const struct ee_json_node *member = node->first; member; member = member->next) {
        walk(root, member);
        members++;
    }
    FUZZ_HOLDS(members == node->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ee_json_node nodes[ROOM];
    struct ee_sha256 hash;
    char *text = malloc(size + 1);
    FUZZ_HOLDS(text != NULL);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    if (ee_json_read(text, size, nodes, ROOM)) {
        walk(nodes, nodes);
        ee_sha256_begin(&hash);
        (void)ee_json_digest(nodes, "sha256", &hash);
    }
    free(text);
    return 0;
}
