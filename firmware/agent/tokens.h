/* `tokens.txt`: one `symbol number` a line, the numbers 0, 1, 2 ... in any order. */
#ifndef EE_TOKENS_H
#define EE_TOKENS_H

#include "bundle.h"

/* Reads the bundle's symbols; they must be as many as its vocabulary. */
bool ee_tokens_read(struct ee_bundle *bundle, const char *name, struct ee_error *error);

#endif
