/* What runs `.tflite` files: five functions, behind which a library is opened when it is there.
 *
 * An accelerator is called `cpu`, `gpu` or `npu` by LiteRT; by TFLite `cpu`, `nnapi`, `nnapi:NAME`
 * or `delegate:LIBRARY,KEY=VALUE...`. */
#ifndef EE_RUNTIME_H
#define EE_RUNTIME_H

#include "error.h"

#include <stddef.h>
#include <stdint.h>

enum { EE_MOST_INPUTS = 2, EE_MOST_ACCELERATORS = 16 };

struct ee_runtime_options {
    const char *library; /* the path, or NULL for where the system finds it */
    unsigned threads;
    bool plain; /* the built-in kernels, without XNNPACK: slower */
    const char *accelerator;
};

/* One signature of a file that is loaded. Inputs and the output are f32. */
struct ee_part {
    size_t input_count;
    size_t input_sizes[EE_MOST_INPUTS]; /* in numbers */
    size_t output_size;
    size_t operators, accelerated; /* how many of them an accelerator runs; 0: it does not say */
};

/* Where the parts run that were loaded since that was last told. */
struct ee_placement {
    size_t parts, whole; /* all of how many runs where it was meant to */
    size_t operators, accelerated;
};

/* A runtime; each kind fills it in with its functions and what they need. */
struct ee_runtime {
    const char *name;
    const char *accelerator;
    struct ee_placement placement;

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

/* Opens LiteRT or TFLite by its C API, whichever the library is. NULL: it cannot be opened, or has
 * no such accelerator. */
struct ee_runtime *ee_runtime_open(const struct ee_runtime_options *options,
                                   struct ee_error *error);
struct ee_runtime *ee_litert_open(const struct ee_runtime_options *options, struct ee_error *error);
struct ee_runtime *ee_tflite_open(const struct ee_runtime_options *options, struct ee_error *error);

bool ee_is_cpu(const char *accelerator);

/* Tells whether an accelerator is a library of its owner's, which runs what was compiled for it. */
bool ee_is_delegate(const char *accelerator);

/* What could be an accelerator of a runtime, as it is called there. */
struct ee_accelerator {
    char name[80];
};

/* Writes those of the library of the options, without the CPU; returns how many. */
size_t ee_runtime_accelerators(const struct ee_runtime_options *options,
                               struct ee_accelerator accelerators[EE_MOST_ACCELERATORS]);

/* Counts a part that was loaded: a runtime calls it. */
void ee_runtime_loaded(struct ee_runtime *runtime, struct ee_part *part);

/* Writes where the parts run that were loaded since the last time. False: on the CPU, as they were
 * meant to, or there are none. */
bool ee_runtime_tell(struct ee_runtime *runtime, char *text, size_t room);

#endif
