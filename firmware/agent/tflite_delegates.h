/* What runs operators in TFLite's place: NNAPI, or a library that makes a delegate. */
#ifndef EE_TFLITE_DELEGATES_H
#define EE_TFLITE_DELEGATES_H

#include "tflite_api.h"

struct tflite_accelerator {
    void *delegate; /* NULL for the CPU */
    void *library;
    void (*destroy)(void *delegate);
};

/* Makes the delegate that an accelerator's name stands for; `runtime.h` says which there are.
 * False: it is not there, or refuses. */
bool ee_tflite_accelerate(const struct tflite_api *api, const char *name,
                          struct tflite_accelerator *accelerator, struct ee_error *error);
void ee_tflite_accelerator_end(struct tflite_accelerator *accelerator);

/* Makes XNNPACK's delegate, by which the CPU is several times as fast, and which not every build
 * takes by itself. NULL: the library has none. */
void *ee_tflite_xnnpack(const struct tflite_api *api, unsigned threads);

#endif
