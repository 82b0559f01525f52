/* What runs `.tflite` files: five functions, behind which a library is opened when it is there. */
#ifndef EE_RUNTIME_H
#define EE_RUNTIME_H

#include "error.h"

#include <stddef.h>
#include <stdint.h>

enum { EE_MOST_INPUTS = 2 };

struct ee_runtime_options {
    const char *library; /* the path, or NULL for where the system finds it */
    unsigned threads;
    bool plain; /* the built-in kernels, without XNNPACK: slower */
};

/* One signature of a file that is loaded. Inputs and the output are f32. */
struct ee_part {
    size_t input_count;
    size_t input_sizes[EE_MOST_INPUTS]; /* in numbers */
    size_t output_size;
};

/* A runtime; each kind fills it in with its functions and what they need. */
struct ee_runtime {
    const char *name;

    /* Loads one signature of a file's content, which may be changed, and must stay as long as the
     * part does. NULL: it cannot be loaded. */
    struct ee_part *(*load)(struct ee_runtime *runtime, uint8_t *model, size_t size,
                            const char *signature, struct ee_error *error);

    /* Runs a part on its inputs, in the order of the exported function's arguments. */
    bool (*run)(struct ee_part *part, const float *const *inputs, float *output,
                struct ee_error *error);

    /* Tells whether all of a part runs where it was meant to. */
    bool (*is_whole)(struct ee_part *part);

    void (*release)(struct ee_part *part);
    void (*close)(struct ee_runtime *runtime);
};

/* Opens LiteRT by its C API. NULL: it cannot be opened. */
struct ee_runtime *ee_litert_open(const struct ee_runtime_options *options, struct ee_error *error);

#endif
