/* The accelerators that Android's NNAPI knows. */
#ifndef EE_NNAPI_H
#define EE_NNAPI_H

#include "error.h"

#include <stddef.h>

enum { EE_MOST_NNAPI_DEVICES = 16 };

struct ee_nnapi_device {
    char name[64];
    bool computes_on_cpu; /* such as `nnapi-reference`, Android's own */
};

/* Writes them; returns how many there are, 0 where there is no NNAPI. */
size_t ee_nnapi_devices(struct ee_nnapi_device devices[EE_MOST_NNAPI_DEVICES]);

/* Sees to it that NNAPI has an accelerator of that name, or any where that is empty. A CPU is one
 * only if it is named. */
bool ee_nnapi_has(const char *name, struct ee_error *error);

#endif
