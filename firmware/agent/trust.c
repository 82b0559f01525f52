#include "trust.h"

#include "contents.h"
#include "pem.h"
#include "sealed.h"

#include <stdlib.h>
#include <string.h>

static const char kind[] = "SignatureError";
static const char sign_it[] = "sign it with the device's key: eedge sign BUNDLE --key FILE";
static const char name[] = "signature.json";

struct ee_trust {
    struct ee_ed25519 *checker;
    uint8_t key[EE_KEY_SIZE];
};

struct ee_trust *ee_trust_open(const char *path, struct ee_error *error)
{
    struct ee_trust *trust = calloc(1, sizeof *trust);
    if (trust == NULL) {
        (void)ee_fail(error, kind, NULL, "there is no memory for a key");
        return NULL;
    }
    if (!ee_read_key(path, trust->key, error) ||
        (trust->checker = ee_ed25519_open(error)) == NULL) {
        ee_trust_close(trust);
        return NULL;
    }
    return trust;
}

void ee_trust_close(struct ee_trust *trust)
{
    if (trust != NULL) {
        ee_ed25519_close(trust->checker);
    }
    free(trust);
}

/* Reads so many bytes from hexadecimal digits, in lower case. */
static bool read_digits(const struct ee_json_node *node, uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    if (node == NULL || node->type != EE_JSON_STRING || node->size != 2 * count) {
        return false;
    }
    for (size_t at = 0; at < count; at++) {
        const char *high = memchr(digits, node->text[2 * at], 16);
        const char *low = memchr(digits, node->text[2 * at + 1], 16);
        if (high == NULL || low == NULL) {
            return false;
        }
        bytes[at] = (uint8_t)((high - digits) << 4 | (low - digits));
    }
    return true;
}

/* Writes what is signed: a first line, and `PATH HASH` for each file, sorted. NULL: a path stands
 * twice, or has what must be escaped, or there is no memory. */
static char *statement_of(const struct ee_json_node *files)
{
    static const char first[] = "eedge bundle 1\n";
    size_t room = sizeof first;
    for (const struct ee_json_node *file = files->first; file; file = file->next) {
        room += file->name_size + 1 + file->size + 1;
    }
    char *text = malloc(room);
    if (text == NULL) {
        return NULL;
    }
    char *end = text + strlen(strcpy(text, first));
    const struct ee_json_node *file = NULL;
    size_t count = 0;
    while ((file = ee_json_next_by_name(files, file)) != NULL) {
        uint8_t hash[EE_SHA256_SIZE];
        if (!read_digits(file, hash, sizeof hash) ||
            memchr(file->name, '\\', file->name_size) != NULL) {
            free(text);
            return NULL;
        }
        memcpy(end, file->name, file->name_size);
        end += file->name_size;
        *end++ = ' ';
        memcpy(end, file->text, file->size);
        end += file->size;
        *end++ = '\n';
        count++;
    }
    *end = '\0';
    if (count != files->count) {
        free(text);
        return NULL;
    }
    return text;
}

/* What is found in a folder, beside what was signed. */
struct presence {
    const char *folder;
    const struct ee_json_node *signed_files;
    size_t count;
    struct ee_error *error;
};

static bool check_file(void *context, const char *path, const char *place, const struct stat *found)
{
    struct presence *presence = context;
    (void)found;
    if (strcmp(path, "calibration") == 0) {
        return ee_fail(presence->error, kind, NULL, "%s: is no folder", place);
    }
    if (!ee_is_calibration(path) && strcmp(path, "manifest.json") != 0) {
        return true;
    }
    uint8_t sha256[EE_SHA256_SIZE];
    char spelled[2 * EE_SHA256_SIZE + 1];
    if (!ee_digest(place, sha256)) {
        return ee_fail(presence->error, kind, NULL, "%s: cannot be read", place);
    }
    ee_sha256_spell(sha256, spelled);
    const struct ee_json_node *file = ee_json_member(presence->signed_files, path);
    presence->count++;
    return ee_json_is(file, spelled) ||
           ee_fail(presence->error, kind, sign_it, "%s: %s is not %s", presence->folder, path,
                   file == NULL ? "signed" : "the one that was signed");
}

/* Refuses what was not signed, and what was signed but is not there. */
static bool check_files(const char *folder, const struct ee_json_node *files,
                        struct ee_error *error)
{
    struct presence presence = {folder, files, 0, error};
    const struct ee_visitor visitor = {&presence, check_file, NULL};
    if (!ee_walk(folder, &visitor)) {
        return false;
    }
    return presence.count == files->count ||
           ee_fail(error, kind, sign_it, "%s: a file that was signed is not there", folder);
}

static bool check_signed(const char *folder, const struct ee_trust *trust,
                         const struct ee_json_node *whole, struct ee_error *error)
{
    const struct ee_json_node *files = ee_json_member(whole, "files");
    uint8_t key[EE_KEY_SIZE], signature[EE_SIGNATURE_SIZE];
    uint64_t format;
    if (!ee_json_count(ee_json_member(whole, "format"), 1, &format) || format != 1 ||
        !read_digits(ee_json_member(whole, "key"), key, sizeof key) ||
        !read_digits(ee_json_member(whole, "signature"), signature, sizeof signature) ||
        ee_json_member(files, "manifest.json") == NULL) {
        return ee_fail(error, kind, sign_it, "%s/%s: is not right", folder, name);
    }
    if (memcmp(key, trust->key, sizeof key) != 0) {
        return ee_fail(error, kind, sign_it,
                       "%s: is signed by another key (%.12s…) than the one trusted here", folder,
                       ee_json_member(whole, "key")->text);
    }
    char *statement = statement_of(files);
    const bool holds = statement != NULL &&
                       ee_ed25519_holds(trust->checker, signature, (const uint8_t *)statement,
                                        strlen(statement), trust->key);
    free(statement);
    return (holds || ee_fail(error, kind, sign_it, "%s: its signature does not hold", folder)) &&
           check_files(folder, files, error);
}

bool ee_check_signature(const char *folder, const struct ee_trust *trust, struct ee_error *error)
{
    if (trust == NULL) {
        return true;
    }
    const struct ee_place place = ee_place_of(folder, name, "");
    struct stat found;
    struct ee_sealed sealed;
    if (!ee_is_plain(place.at, &found)) {
        return ee_fail(error, kind, sign_it, "%s: is not signed", folder);
    }
    if (!ee_unsealed_open(&sealed, folder, name, kind, error)) {
        return false;
    }
    const bool right = check_signed(folder, trust, sealed.nodes, error);
    ee_sealed_close(&sealed);
    return right;
}
