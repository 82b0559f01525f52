/* `current.json`: which slot is run, and whether the other holds a bundle to go back to. */
#ifndef EE_POINTER_H
#define EE_POINTER_H

#include "error.h"

#include <sys/stat.h>

/* The slot that is run, and the one before it; 0 where there is none. */
struct ee_pointer {
    char current, previous;
};

enum ee_pointer_state { EE_POINTER_READ, EE_POINTER_DAMAGED, EE_POINTER_UNREADABLE };

/* What differs whenever it was written anew. */
struct ee_stamp {
    ino_t inode;
    struct timespec time;
};

/* Returns the slot that may be written to. */
char ee_pointer_free(struct ee_pointer pointer);

/* Reads what was written; nothing, if nothing was. */
enum ee_pointer_state ee_pointer_read(const char *root, struct ee_pointer *pointer,
                                      struct ee_error *error);

/* Makes it so, in one step that is on the disk when this returns. False: it is as it was. */
bool ee_pointer_write(const char *root, struct ee_pointer pointer, struct ee_error *error);

struct ee_stamp ee_pointer_stamp(const char *root);

#endif
