#include "pointer.h"

#include "folder.h"
#include "sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char name[] = "current.json";

char ee_pointer_free(struct ee_pointer pointer)
{
    return pointer.current == 'a' ? 'b' : 'a';
}

static char slot_in(const struct ee_json_node *whole, const char *member)
{
    const struct ee_json_node *node = ee_json_member(whole, member);
    return ee_json_is(node, "a") ? 'a' : ee_json_is(node, "b") ? 'b' : '\0';
}

enum ee_pointer_state ee_pointer_read(const char *root, struct ee_pointer *pointer,
                                      struct ee_error *error)
{
    struct ee_sealed sealed;
    *pointer = (struct ee_pointer){0};
    const struct ee_place place = ee_place_of(root, name, "");
    const int handle = open(place.at, O_RDONLY | O_CLOEXEC);
    if (handle < 0 && errno == ENOENT) {
        return EE_POINTER_READ;
    }
    if (handle < 0) {
        (void)ee_disk_fails(error);
        return EE_POINTER_UNREADABLE;
    }
    (void)close(handle);
    if (!ee_sealed_open(&sealed, root, name, "SlotError", error)) {
        return EE_POINTER_DAMAGED;
    }
    pointer->current = slot_in(sealed.nodes, "current");
    pointer->previous = slot_in(sealed.nodes, "previous");
    ee_sealed_close(&sealed);
    return EE_POINTER_READ;
}

/* Deletes what a program that was killed in the middle of it has left. */
static bool delete_left(void *context, const char *path, const char *place,
                        const struct stat *found)
{
    (void)context, (void)found;
    if (strncmp(path, ".current.json.", strlen(".current.json.")) == 0) {
        (void)unlink(place);
    }
    return true;
}

static void spell_slot(char text[5], char slot)
{
    if (slot == '\0') {
        memcpy(text, "null", 5);
    } else {
        const char quoted[5] = {'"', slot, '"', '\0'};
        memcpy(text, quoted, sizeof quoted);
    }
}

/* Writes the text of a pointer, as `edge/sealed.py` would. */
static void spell(struct ee_pointer pointer, char *text, size_t room)
{
    char current[5], previous[5], seal[2 * EE_SHA256_SIZE + 1];
    uint8_t digest[EE_SHA256_SIZE];
    struct ee_sha256 hash;
    spell_slot(current, pointer.current);
    spell_slot(previous, pointer.previous);
    (void)snprintf(text, room, "{\"current\":%s,\"previous\":%s}", current, previous);
    ee_sha256_begin(&hash);
    ee_sha256_take(&hash, text, strlen(text));
    ee_sha256_end(&hash, digest);
    ee_sha256_spell(digest, seal);
    (void)snprintf(text, room,
                   "{\n  \"current\": %s,\n  \"previous\": %s,\n  \"sha256\": \"%s\"\n}\n", current,
                   previous, seal);
}

bool ee_pointer_write(const char *root, struct ee_pointer pointer, struct ee_error *error)
{
    char text[256];
    const struct ee_visitor visitor = {NULL, delete_left, NULL};
    const struct ee_place place = ee_place_of(root, name, "");
    struct ee_place temporary = ee_place_of(root, ".current.json.XXXXXX", "");
    spell(pointer, text, sizeof text);
    (void)ee_walk(root, &visitor);
    const int handle = mkstemp(temporary.at);
    if (handle < 0) {
        return ee_disk_fails(error);
    }
    errno = ENOSPC; /* where less is written than there is */
    bool done = write(handle, text, strlen(text)) == (ssize_t)strlen(text) && fsync(handle) == 0 &&
                fchmod(handle, 0644) == 0;
    int reason = errno;
    (void)close(handle);
    errno = reason;
    done = done && rename(temporary.at, place.at) == 0;
    if (!done) {
        reason = errno;
        (void)unlink(temporary.at);
        errno = reason;
        return ee_disk_fails(error);
    }
    return ee_sync(root) || ee_disk_fails(error);
}

struct ee_stamp ee_pointer_stamp(const char *root)
{
    struct stat found;
    const struct ee_place place = ee_place_of(root, name, "");
    if (stat(place.at, &found) != 0) {
        return (struct ee_stamp){0};
    }
    return (struct ee_stamp){found.st_ino, found.st_mtim};
}
