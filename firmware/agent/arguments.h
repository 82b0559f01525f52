/* The order of an exported function's arguments, which its file does not keep. */
#ifndef EE_ARGUMENTS_H
#define EE_ARGUMENTS_H

#include <stddef.h>

/* The place of an input among the arguments, by its name: where these have no names, the converter
 * calls them args_0, args_1 ...; where they have, the mask comes last. */
long ee_argument_order(const char *name);

/* Writes for each input, by its order, which argument it is. */
void ee_argument_places(const long orders[], size_t count, size_t places[]);

#endif
