/* `compiled.json`: what an accelerator's compiler has made of a bundle's files
 * (`edge/compiled.py` says what stands in it). */
#ifndef EE_COMPILED_H
#define EE_COMPILED_H

#include "bundle.h"

/* Writes which file is to be loaded in place of `file`, at a length in encoder frames: what was
 * compiled of it where a delegate runs it and something was, else the same. False: it was not
 * compiled for that length, or the list is damaged. */
bool ee_compiled_name(const struct ee_bundle *bundle, const char *accelerator, const char *file,
                      uint32_t length, char name[EE_NAME_SIZE], struct ee_error *error);

#endif
