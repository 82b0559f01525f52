/* What was written to a slot is checked as a whole, and waited for. */
#include "check.h"
#include "clearing.h"
#include "writing.h"

#include <string.h>

static const char kind[] = "SlotError";

static bool check_files(const struct ee_writing *writing, struct ee_error *error)
{
    for (size_t at = 0; at < writing->names.count; at++) {
        const struct ee_named *file = &writing->names.files[at];
        const struct ee_place place = ee_place_of(writing->folder, file->path, "");
        uint8_t sha256[EE_SHA256_SIZE];
        struct stat found;
        if (!ee_is_plain(place.at, &found) || !ee_digest(place.at, sha256) ||
            memcmp(sha256, file->sha256, sizeof sha256) != 0) {
            return ee_fail(error, kind, "send it again",
                           "%s: is not there, or not as it was sent", file->path);
        }
    }
    return true;
}

static bool check_identity(const struct ee_writing *writing, const uint8_t *identity,
                           struct ee_error *error)
{
    uint8_t found[EE_SHA256_SIZE];
    char spelled[2 * EE_SHA256_SIZE + 1];
    if (!ee_check_bundle(writing->folder, writing->board, writing->trust, false, found, error)) {
        return false;
    }
    ee_sha256_spell(found, spelled);
    return (memcmp(found, identity, sizeof found) == 0 &&
            memcmp(found, writing->announced.identity, sizeof found) == 0) ||
           ee_fail(error, kind, NULL, "the bundle is %.12s…, not the one that was announced",
                   spelled);
}

static bool sync_folder(void *context, const char *path, const char *place)
{
    (void)context, (void)path;
    return ee_sync(place);
}

static bool pass_by(void *context, const char *path, const char *place, const struct stat *found)
{
    (void)context, (void)path, (void)place, (void)found;
    return true;
}

/* Waits until all names in the slot, and its own, are on the disk. */
static bool sync_folders(const struct ee_writing *writing, struct ee_error *error)
{
    const struct ee_visitor visitor = {NULL, pass_by, sync_folder};
    char above[EE_SLOT_SIZE];
    memcpy(above, writing->folder, sizeof above);
    *strrchr(above, '/') = '\0';
    return (ee_walk(writing->folder, &visitor) && ee_sync(above)) || ee_disk_fails(error);
}

bool ee_writing_verify(struct ee_writing *writing, const uint8_t *identity, struct ee_error *error)
{
    const struct ee_announced *said = &writing->announced;
    ee_writing_close(writing);
    writing->verified = false;
    if (writing->names.count != said->files || writing->size != said->size) {
        return ee_fail(error, kind, NULL,
                       "%zu files of %llu bytes were sent, but %u of %llu were announced",
                       writing->names.count, (unsigned long long)writing->size, said->files,
                       (unsigned long long)said->size);
    }
    ee_sweep(writing->folder, &writing->names, NULL);
    writing->verified = check_files(writing, error) && check_identity(writing, identity, error) &&
                        ee_check_contents(writing->folder, &writing->names, error) &&
                        sync_folders(writing, error);
    return writing->verified;
}
