#include "compiled.h"

#include "runtime.h"

#include <stdio.h>
#include <string.h>

static const char again[] = "compile the bundle again: eedge compile";

/* Finds a file's entry for a length, and copies its name. */
static bool find(const struct ee_json_node *compiled, const char *file, uint32_t length,
                 char name[EE_NAME_SIZE])
{
    char frames[16];
    (void)snprintf(frames, sizeof frames, "%lu", (unsigned long)length);
    const struct ee_json_node *node = ee_json_member(compiled, "files");
    const char *const path[] = {file, frames, "file"};
    for (size_t at = 0; at < sizeof path / sizeof *path && node != NULL; at++) {
        node = node->type == EE_JSON_OBJECT ? ee_json_member(node, path[at]) : NULL;
    }
    /* A name that leads out of the bundle is none of its files. */
    return node != NULL && ee_json_copy(node, name, EE_NAME_SIZE) && strchr(name, '/') == NULL;
}

bool ee_compiled_name(const struct ee_bundle *bundle, const char *accelerator, const char *file,
                      uint32_t length, char name[EE_NAME_SIZE], struct ee_error *error)
{
    (void)snprintf(name, EE_NAME_SIZE, "%s", file);
    if (!bundle->compiled || !ee_is_delegate(accelerator)) {
        return true;
    }
    struct ee_sealed compiled;
    if (!ee_sealed_open(&compiled, bundle->path, "compiled.json", "BundleError", error)) {
        return false;
    }
    const bool found = find(compiled.nodes, file, length, name);
    ee_sealed_close(&compiled);
    return found || ee_fail(error, "InterpreterError", again,
                            "%s/%s: was not compiled for length %lu", bundle->path, file,
                            (unsigned long)length);
}
