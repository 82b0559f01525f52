/* Where LiteRT runs what: the accelerators that its environment has found. */
#ifndef EE_LITERT_ACCELERATORS_H
#define EE_LITERT_ACCELERATORS_H

#include "litert_api.h"

/* Returns LiteRT's bit for an accelerator of that name, or 0. */
int ee_litert_bit(const char *accelerator);

/* Returns the bits of all that an environment has. */
int ee_litert_bits(const struct litert_api *api, void *environment);

/* Makes an environment; where more than the CPU is wanted, one that looks for the accelerators'
 * libraries beside its own. NULL: it cannot be made. */
void *ee_litert_environment(const struct litert_api *api, const char *library,
                            const char *accelerator);

/* Sees to it that an environment has the accelerator. */
bool ee_litert_has(const struct litert_api *api, void *environment, const char *accelerator,
                   struct ee_error *error);

#endif
