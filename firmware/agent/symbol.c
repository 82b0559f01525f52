#include "symbol.h"

#include <dlfcn.h>
#include <string.h>

bool ee_symbol(void *library, const char *name, void *place)
{
    void *found = dlsym(library, name);
    memcpy(place, &found, sizeof found);
    return found != NULL;
}
