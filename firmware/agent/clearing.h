/* Deleting from a slot what is not of the bundle that is being written to it. */
#ifndef EE_CLEARING_H
#define EE_CLEARING_H

#include "contents.h"

/* Deletes all but the files that were named, and the unfinished one of `part` if that is not NULL:
 * all links, too, and folders that are empty. */
void ee_sweep(const char *folder, const struct ee_names *names, const struct ee_named *part);

/* Makes the folders of a path; what is in its way is deleted. False: it was named itself. */
bool ee_clear_way(const char *folder, const char *path, const struct ee_names *names,
                  struct ee_error *error);

#endif
