/* TFLite as a runtime, and one signature of a file that it has loaded. */
#ifndef EE_TFLITE_PART_H
#define EE_TFLITE_PART_H

#include "runtime.h"
#include "tflite_delegates.h"
#include "tflite_watch.h"

struct tflite {
    struct ee_runtime runtime;
    struct tflite_api api;
    struct ee_runtime_options options;
    char said[256]; /* by TFLite, lately */
};

struct tflite_part {
    struct ee_part part;
    const struct tflite *tflite;
    uint8_t *inlined; /* what the model is read from, if not from the file as it is */
    void *model, *options, *interpreter;
    void *runner; /* of the signature, or NULL where the library has no such thing */
    struct tflite_accelerator accelerator;
    struct tflite_watch before, behind;
    void *xnnpack;
    void *inputs[EE_MOST_INPUTS]; /* as the file has them */
    size_t places[EE_MOST_INPUTS]; /* of each in the order of the arguments */
    const void *output;
};

/* Finds the inputs and the output of a part. False: they are not as they must be. */
bool ee_tflite_find_tensors(const struct tflite_api *api, struct tflite_part *part);

#endif
