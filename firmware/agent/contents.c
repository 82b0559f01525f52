#include "contents.h"

#include "manifest.h"
#include "utf8.h"

#include <string.h>

static const char kind[] = "SlotError";

struct ee_named *ee_names_find(const struct ee_names *names, const char *path)
{
    for (size_t at = 0; at < names->count; at++) {
        if (strcmp(names->files[at].path, path) == 0) {
            return &names->files[at];
        }
    }
    return NULL;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t size = strlen(text), of_end = strlen(end);
    return size >= of_end && strcmp(text + size - of_end, end) == 0;
}

/* Tells whether each part of a path is plainly written: not empty, and not begun with a dot. */
static bool is_plain(const char *path)
{
    for (const char *part = path;; part = strchr(part, '/') + 1) {
        if (*part == '\0' || *part == '/' || *part == '.') {
            return false;
        }
        if (strchr(part, '/') == NULL) {
            return strchr(path, '\\') == NULL;
        }
    }
}

static bool is_printable(const char *path)
{
    const uint8_t *at = (const uint8_t *)path;
    const uint8_t *end = at + strlen(path);
    while (at < end) {
        const uint32_t character = ee_utf8_next(&at, end);
        if (character == EE_NO_CHARACTER || character < 0x20 ||
            (character >= 0x7F && character < 0xA0)) {
            return false;
        }
    }
    return true;
}

bool ee_check_path(const char *path, struct ee_error *error)
{
    static const char of_bundle[] = "BundleError";
    if (!is_plain(path)) {
        return ee_fail(error, of_bundle, NULL,
                       "the path '%s' leads out of the bundle, or is not plainly written", path);
    }
    if (!is_printable(path)) {
        return ee_fail(error, of_bundle, NULL, "the path '%s' holds what is no character to print",
                       path);
    }
    if (ends_with(path, EE_PART)) {
        return ee_fail(error, of_bundle, NULL, "the path '%s' is that of an unfinished file", path);
    }
    if (strlen(path) > EE_LONGEST_PATH) {
        return ee_fail(error, of_bundle, NULL, "the path '%s' is longer than %d bytes", path,
                       EE_LONGEST_PATH);
    }
    return true;
}

bool ee_is_calibration(const char *path)
{
    static const char folder[] = "calibration/";
    const size_t size = strlen(folder);
    return strncmp(path, folder, size) == 0 && strchr(path + size, '/') == NULL &&
           ends_with(path + size, ".json");
}

/* Tells whether a file belongs to every bundle, or may. */
static bool is_beside(const char *path)
{
    return strcmp(path, "manifest.json") == 0 || strcmp(path, "signature.json") == 0 ||
           ee_is_calibration(path);
}

static bool check_listed(const struct ee_json_node *files, const struct ee_names *names,
                         struct ee_error *error)
{
    for (const struct ee_json_node *entry = files->first; entry; entry = entry->next) {
        struct ee_manifest_file file;
        char spelled[2 * EE_SHA256_SIZE + 1];
        if (!ee_manifest_file(entry, &file)) {
            return ee_fail(error, kind, NULL, "manifest.json: an entry is no file's");
        }
        const struct ee_named *named = ee_names_find(names, file.name);
        if (named == NULL) {
            return ee_fail(error, kind, NULL, "%s: is not in the bundle, or was not sent",
                           file.name);
        }
        ee_sha256_spell(named->sha256, spelled);
        if (strcmp(spelled, file.sha256) != 0) {
            return ee_fail(error, kind, NULL, "%s: is not the file that the manifest names",
                           file.name);
        }
    }
    return true;
}

bool ee_check_contents(const char *folder, const struct ee_names *names, struct ee_error *error)
{
    struct ee_sealed manifest;
    if (!ee_sealed_open(&manifest, folder, "manifest.json", kind, error)) {
        return false;
    }
    const struct ee_json_node *files = ee_json_member(manifest.nodes, "files");
    bool right = (files != NULL && ee_names_find(names, "manifest.json") != NULL) ||
                 ee_fail(error, kind, NULL, "manifest.json: was not sent");
    right = right && check_listed(files, names, error);
    for (size_t at = 0; right && at < names->count; at++) {
        const char *path = names->files[at].path;
        right = is_beside(path) || ee_json_member(files, path) != NULL ||
                ee_fail(error, kind, NULL, "%s: is not in the bundle, or was not sent", path);
    }
    ee_sealed_close(&manifest);
    return right;
}
