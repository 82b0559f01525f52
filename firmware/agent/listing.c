/* What a slot holds, by our own count. */
#include "check.h"
#include "slots.h"

#include <string.h>

struct listing {
    struct ee_slots *slots;
    struct ee_slot_files *files;
};

static bool list_file(void *context, const char *path, const char *place, const struct stat *found)
{
    const struct listing *listing = context;
    struct ee_slot_files *files = listing->files;
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    const size_t size = strlen(path);
    if (!S_ISREG(found->st_mode) || *name == '.' || size >= EE_PATH_SIZE ||
        (uint64_t)found->st_size > UINT32_MAX) {
        return true;
    }
    const uint8_t *sha256 = ee_hash_of(&listing->slots->hashes, place, found);
    struct ee_kept *kept =
        sha256 != NULL ? ee_arena_take(&files->arena, 1, sizeof *kept) : NULL;
    if (kept == NULL) {
        return true; /* what cannot be read is not there: it may be written anew */
    }
    kept->size = (uint32_t)found->st_size;
    memcpy(kept->sha256, sha256, sizeof kept->sha256);
    memcpy(kept->path, path, size + 1);
    *files->end = kept;
    files->end = &kept->next;
    return ++files->count < EE_MOST_FILES;
}

bool ee_slots_list(struct ee_slots *slots, uint8_t slot, struct ee_slot_files *files,
                   struct ee_error *error)
{
    struct ee_pointer now;
    *files = (struct ee_slot_files){.count = 0};
    files->end = &files->first;
    if (slot > EE_WRITTEN) {
        return ee_fail(error, "SlotError", NULL, "there is no slot %d", slot);
    }
    if (!ee_slots_read(slots, &now, error)) {
        return false;
    }
    const char written = now.previous == '\0' ? ee_pointer_free(now) : '\0';
    const char name = slot == EE_CURRENT    ? now.current
                      : slot == EE_PREVIOUS ? now.previous
                                            : written;
    if (name == '\0') {
        return true;
    }
    struct listing listing = {slots, files};
    const struct ee_visitor visitor = {&listing, list_file, NULL};
    char folder[EE_SLOT_SIZE];
    ee_slots_folder(slots, name, folder);
    if (!ee_identity_in(folder, files->identity)) {
        memset(files->identity, 0, sizeof files->identity);
    }
    (void)ee_walk(folder, &visitor);
    return true;
}
