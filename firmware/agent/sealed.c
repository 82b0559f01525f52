#include "sealed.h"

#include "mapping.h"

#include <stdlib.h>
#include <string.h>

enum { LARGEST = 8 << 20 };

static const char tries[] = "copy or flash the bundle again";

/* Returns how many values there can be: each but the first of a list or object follows a comma. */
static size_t most_values(const char *text, size_t size)
{
    size_t count = 1;
    for (size_t at = 0; at < size; at++) {
        count += text[at] == ',' || text[at] == '[' || text[at] == '{';
    }
    return count;
}

static bool seal_holds(const struct ee_json_node *whole)
{
    struct ee_sha256 hash;
    uint8_t digest[EE_SHA256_SIZE];
    char spelled[2 * EE_SHA256_SIZE + 1];
    ee_sha256_begin(&hash);
    if (!ee_json_digest(whole, "sha256", &hash)) {
        return false;
    }
    ee_sha256_end(&hash, digest);
    ee_sha256_spell(digest, spelled);
    return ee_json_is(ee_json_member(whole, "sha256"), spelled);
}

/* Copies a file's text, with a 0 behind it. */
static char *copied(const struct ee_mapping *file)
{
    char *text = malloc(file->size + 1);
    if (text != NULL) {
        if (file->size > 0) {
            memcpy(text, file->bytes, file->size);
        }
        text[file->size] = '\0';
    }
    return text;
}

bool ee_unsealed_open(struct ee_sealed *sealed, const char *folder, const char *name,
                      const char *kind, struct ee_error *error)
{
    struct ee_mapping file;
    *sealed = (struct ee_sealed){0};
    if (!ee_map_file(&file, folder, name, error)) {
        error->kind = kind;
        return false;
    }
    const size_t size = file.size;
    if (size <= LARGEST) {
        sealed->text = copied(&file);
    }
    ee_unmap_file(&file);
    if (sealed->text == NULL) {
        return ee_fail(error, kind, tries, "%s/%s: is too large", folder, name);
    }
    const size_t room = most_values(sealed->text, size);
    sealed->nodes = calloc(room, sizeof *sealed->nodes);
    if (sealed->nodes == NULL || !ee_json_read(sealed->text, size, sealed->nodes, room)) {
        ee_sealed_close(sealed);
        return ee_fail(error, kind, tries, "%s/%s: it is not JSON", folder, name);
    }
    return true;
}

bool ee_sealed_open(struct ee_sealed *sealed, const char *folder, const char *name,
                    const char *kind, struct ee_error *error)
{
    if (!ee_unsealed_open(sealed, folder, name, kind, error)) {
        return false;
    }
    if (!seal_holds(sealed->nodes)) {
        ee_sealed_close(sealed);
        return ee_fail(error, kind, tries,
                       "%s/%s: it was changed after it was written: its SHA-256 does not hold",
                       folder, name);
    }
    return true;
}

void ee_sealed_close(struct ee_sealed *sealed)
{
    free(sealed->nodes);
    free(sealed->text);
    *sealed = (struct ee_sealed){0};
}
