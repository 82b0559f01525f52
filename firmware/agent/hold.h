/* Keeps other programs from writing to a slot, or from using it at all, as `edge/slots/folder.py`
 * does. It ends with the program, however that ends. */
#ifndef EE_HOLD_H
#define EE_HOLD_H

#include "error.h"

/* Begin with all 0. */
struct ee_hold {
    bool held;
    char slot; /* the one that it is, or was before it was given up; 0 for none */
    int handle;
};

/* Keeps others from writing to a slot (`shared`), or from using it. False: another one does. */
bool ee_hold_take(struct ee_hold *hold, const char *root, char slot, bool shared,
                  struct ee_error *error);

/* Gives it up; more than once is no harm. */
void ee_hold_release(struct ee_hold *hold);

#endif
