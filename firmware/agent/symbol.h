/* A function of a library that was opened. */
#ifndef EE_SYMBOL_H
#define EE_SYMBOL_H

#include <stdbool.h>

/* Finds a function; `place` is the pointer to it, which ISO C lets no `void *` be turned into. */
bool ee_symbol(void *library, const char *name, void *place);

#endif
