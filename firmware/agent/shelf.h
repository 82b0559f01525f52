/* Where an agent's bundle is: a folder that was named, or the current one of two slots. */
#ifndef EE_SHELF_H
#define EE_SHELF_H

#include "slots.h"

/* Begin with all 0 but the first three. */
struct ee_shelf {
    const char *bundle;     /* run while the slots hold none; NULL for none */
    struct ee_slots *slots; /* NULL for an agent that cannot be flashed */
    struct ee_trust *trust; /* NULL for everyone */
    struct ee_hold hold;    /* on what is loaded; of slot 0 if that is no slot's */
    struct ee_stamp stamp;  /* when it was loaded */
};

/* Finds the bundle that is to be run, and keeps it from being written to. */
bool ee_shelf_find(const struct ee_shelf *shelf, char path[EE_SLOT_SIZE], const char **bundle,
                   struct ee_hold *hold, struct ee_error *error);

/* Takes over the hold on what is loaded now. */
void ee_shelf_loaded(struct ee_shelf *shelf, const struct ee_hold *hold);

/* Says that nothing is loaded any more. */
void ee_shelf_drop(struct ee_shelf *shelf);

/* Finds whether another program has switched away from what is loaded. */
bool ee_shelf_is_stale(const struct ee_shelf *shelf, bool *stale, struct ee_error *error);

/* Lets others write while no host is there: what was begun waits for whoever goes on. */
void ee_shelf_host_left(struct ee_shelf *shelf);

/* Returns whether what was loaded may still be run: nobody has flashed since. */
bool ee_shelf_host_came(struct ee_shelf *shelf, bool another);

#endif
