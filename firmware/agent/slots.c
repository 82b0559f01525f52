#include "slots.h"

#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char kind[] = "SlotError";

static const uint64_t most_bytes = (uint64_t)1 << 32;

void ee_slots_folder(const struct ee_slots *slots, char slot, char folder[EE_SLOT_SIZE])
{
    (void)snprintf(folder, EE_SLOT_SIZE, "%s/%c", slots->root, slot);
}

/* Makes a slot, and what it lies in. */
static bool make_slot(const struct ee_slots *slots, char slot)
{
    char folder[EE_SLOT_SIZE];
    ee_slots_folder(slots, slot, folder);
    const bool absolute = *folder == '/';
    struct ee_place inside = ee_place_of(folder, "", "");
    return ee_make_folders(absolute ? "" : ".", inside.at + absolute);
}

struct ee_slots *ee_slots_open(const char *root, const struct ee_board *board,
                               const struct ee_trust *trust, struct ee_error *error)
{
    struct ee_slots *slots = calloc(1, sizeof *slots);
    const size_t size = strlen(root);
    if (slots == NULL || size >= sizeof slots->root) {
        free(slots);
        (void)ee_fail(error, kind, "name a shorter path", "the path of the slots is too long");
        return NULL;
    }
    memcpy(slots->root, root, size);
    slots->board = board;
    slots->trust = trust;
    if (!make_slot(slots, 'a') || !make_slot(slots, 'b')) {
        (void)ee_fail(error, kind, NULL, "%s: cannot be used for slots: %s", root,
                      strerror(errno));
        free(slots);
        return NULL;
    }
    return slots;
}

void ee_slots_close(struct ee_slots *slots)
{
    ee_slots_release(slots);
    free(slots);
}

bool ee_slots_read(const struct ee_slots *slots, struct ee_pointer *now, struct ee_error *error)
{
    const enum ee_pointer_state state = ee_pointer_read(slots->root, now, error);
    *now = state == EE_POINTER_READ ? *now : (struct ee_pointer){0};
    for (char slot = 'a'; state == EE_POINTER_DAMAGED && now->current == 0 && slot <= 'b'; slot++) {
        char folder[EE_SLOT_SIZE];
        uint8_t identity[EE_SHA256_SIZE];
        ee_slots_folder(slots, slot, folder);
        if (ee_check_bundle(folder, slots->board, slots->trust, true, identity, error)) {
            now->current = slot;
        }
    }
    return state != EE_POINTER_UNREADABLE;
}

bool ee_slots_current(const struct ee_slots *slots, char *slot, struct ee_error *error)
{
    struct ee_pointer now;
    const bool known = ee_slots_read(slots, &now, error);
    *slot = now.current;
    return known;
}

bool ee_slots_hold(const struct ee_slots *slots, struct ee_hold *hold, struct ee_error *error)
{
    char slot, again;
    *hold = (struct ee_hold){0};
    for (;;) {
        if (!ee_slots_current(slots, &slot, error)) {
            return false;
        }
        if (slot == '\0') {
            return true;
        }
        if (!ee_hold_take(hold, slots->root, slot, true, error)) {
            return false;
        }
        if (ee_slots_current(slots, &again, error) && again == slot) {
            return true;
        }
        ee_hold_release(hold); /* somebody has switched in between */
    }
}

/* Keeps others from using the free slot, and says nobody goes back to what it held. */
static bool give_up_previous(struct ee_slots *slots, struct ee_pointer *now, struct ee_error *error)
{
    if (!ee_slots_read(slots, now, error)) {
        return false;
    }
    if (slots->hold.held && slots->hold.slot != ee_pointer_free(*now)) {
        ee_slots_release(slots);
    }
    const char slot = ee_pointer_free(*now);
    if (!slots->hold.held && !ee_hold_take(&slots->hold, slots->root, slot, false, error)) {
        return false;
    }
    if (!ee_slots_read(slots, now, error)) {
        return false;
    }
    if (ee_pointer_free(*now) != slot) {
        ee_slots_release(slots);
        return ee_fail(error, kind, "flash again", "another program has switched in the meantime");
    }
    /* Before anything there is touched: nobody goes back to what is half overwritten. */
    return ee_pointer_write(slots->root, (struct ee_pointer){.current = now->current}, error);
}

static void end_writing(struct ee_slots *slots)
{
    if (slots->is_writing) {
        ee_writing_end(&slots->writing);
        slots->is_writing = false;
    }
}

bool ee_slots_begin(struct ee_slots *slots, const struct ee_announced *announced,
                    struct ee_error *error)
{
    struct ee_pointer now;
    if (announced->files == 0 || announced->files > EE_MOST_FILES || announced->size > most_bytes) {
        return ee_fail(error, kind, NULL,
                       "a bundle of %u files and %llu bytes is not taken: "
                       "up to %d files and %llu bytes",
                       announced->files, (unsigned long long)announced->size, EE_MOST_FILES,
                       (unsigned long long)most_bytes);
    }
    if (!give_up_previous(slots, &now, error)) {
        return false;
    }
    end_writing(slots);
    struct ee_writing *writing = &slots->writing;
    *writing = (struct ee_writing){
        .board = slots->board, .trust = slots->trust, .hashes = &slots->hashes};
    ee_slots_folder(slots, ee_pointer_free(now), writing->folder);
    if (now.current != '\0') {
        ee_slots_folder(slots, now.current, writing->run);
    }
    slots->is_writing = ee_writing_begin(writing, announced, error);
    return slots->is_writing;
}

struct ee_writing *ee_slots_writing(struct ee_slots *slots, struct ee_error *error)
{
    if (!slots->is_writing) {
        (void)ee_fail(error, kind, "send Begin first", "nothing is being written");
        return NULL;
    }
    return &slots->writing;
}

bool ee_slots_switch(struct ee_slots *slots, const uint8_t *identity, struct ee_error *error)
{
    const struct ee_writing *writing = ee_slots_writing(slots, error);
    struct ee_pointer now;
    if (writing == NULL) {
        return false;
    }
    if (!writing->verified ||
        memcmp(writing->announced.identity, identity, EE_SHA256_SIZE) != 0) {
        return ee_fail(error, kind, "verify it first",
                       "a bundle that was not verified is not switched to");
    }
    if (!ee_slots_read(slots, &now, error) ||
        !ee_pointer_write(slots->root, (struct ee_pointer){slots->hold.slot, now.current}, error)) {
        return false;
    }
    ee_slots_release(slots);
    return true;
}

/* Goes back to a slot that is held, if its bundle is still whole. */
static bool go_back(struct ee_slots *slots, struct ee_pointer before, struct ee_error *error)
{
    char folder[EE_SLOT_SIZE];
    uint8_t identity[EE_SHA256_SIZE];
    struct ee_pointer now;
    ee_slots_folder(slots, before.previous, folder);
    if (!ee_check_bundle(folder, slots->board, slots->trust, true, identity, error) ||
        !ee_slots_read(slots, &now, error)) {
        return false;
    }
    if (now.current != before.current || now.previous != before.previous) {
        return ee_fail(error, kind, "try it again", "another program has switched in the meantime");
    }
    return ee_pointer_write(slots->root, (struct ee_pointer){now.previous, now.current}, error);
}

bool ee_slots_rollback(struct ee_slots *slots, struct ee_error *error)
{
    struct ee_pointer now;
    struct ee_hold hold;
    ee_slots_release(slots);
    if (!ee_slots_read(slots, &now, error)) {
        return false;
    }
    if (now.previous == '\0') {
        return ee_fail(error, kind, "flash the one that you want: eedge flash BUNDLE",
                       "there is no bundle before the current one");
    }
    if (!ee_hold_take(&hold, slots->root, now.previous, true, error)) {
        return false;
    }
    const bool done = go_back(slots, now, error);
    ee_hold_release(&hold);
    return done;
}

void ee_slots_release(struct ee_slots *slots)
{
    end_writing(slots);
    ee_hold_release(&slots->hold);
}
