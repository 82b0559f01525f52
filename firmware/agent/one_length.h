/* Leaves one signature of a `.tflite` file, where it lies.
 *
 * A bundle's files hold the same weights for several lengths, as a signature each, and a runtime
 * packs the weights of every one as soon as it opens a file. Nothing is moved: the lists of
 * signatures and of subgraphs get one element. */
#ifndef EE_ONE_LENGTH_H
#define EE_ONE_LENGTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False: it has no such signature, or is not as it must be for that. It is then as it was. */
bool ee_keep_one_length(uint8_t *model, size_t size, const char *signature);

#endif
