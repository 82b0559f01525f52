#include "shelf.h"

#include "trust.h"

bool ee_shelf_find(const struct ee_shelf *shelf, char path[EE_SLOT_SIZE], const char **bundle,
                   struct ee_hold *hold, struct ee_error *error)
{
    *hold = (struct ee_hold){.held = false};
    if (shelf->slots != NULL && !ee_slots_hold(shelf->slots, hold, error)) {
        return false;
    }
    *bundle = shelf->bundle;
    if (hold->held) {
        ee_slots_folder(shelf->slots, hold->slot, path);
        *bundle = path;
    }
    if (*bundle == NULL) {
        return ee_fail(error, "UsageError", "eedge flash BUNDLE --device DEVICE",
                       "no bundle has been flashed yet");
    }
    if (!ee_check_signature(*bundle, shelf->trust, error)) {
        ee_hold_release(hold);
        return false;
    }
    return true;
}

void ee_shelf_loaded(struct ee_shelf *shelf, const struct ee_hold *hold)
{
    ee_shelf_drop(shelf);
    shelf->hold = *hold;
    if (shelf->slots != NULL) {
        shelf->stamp = ee_pointer_stamp(shelf->slots->root);
    }
}

void ee_shelf_drop(struct ee_shelf *shelf)
{
    ee_hold_release(&shelf->hold);
    shelf->hold.slot = '\0';
}

bool ee_shelf_is_stale(const struct ee_shelf *shelf, bool *stale, struct ee_error *error)
{
    char current;
    const bool known = ee_slots_current(shelf->slots, &current, error);
    *stale = known && shelf->hold.slot != '\0' && shelf->hold.slot != current;
    return known;
}

void ee_shelf_host_left(struct ee_shelf *shelf)
{
    if (shelf->slots != NULL) {
        ee_slots_release(shelf->slots);
        ee_hold_release(&shelf->hold);
    }
}

bool ee_shelf_host_came(struct ee_shelf *shelf, bool another)
{
    if (shelf->slots == NULL) {
        return true;
    }
    if (another) {
        ee_slots_release(shelf->slots);
    }
    if (shelf->hold.slot == '\0' || shelf->hold.held) {
        return true;
    }
    const char slot = shelf->hold.slot;
    struct ee_hold again;
    struct ee_error error;
    shelf->hold.slot = '\0';
    if (!ee_slots_hold(shelf->slots, &again, &error)) {
        return false;
    }
    const struct ee_stamp now = ee_pointer_stamp(shelf->slots->root);
    if (again.slot == slot && now.inode == shelf->stamp.inode &&
        now.time.tv_sec == shelf->stamp.time.tv_sec &&
        now.time.tv_nsec == shelf->stamp.time.tv_nsec) {
        shelf->hold = again;
        return true;
    }
    ee_hold_release(&again);
    return false;
}
