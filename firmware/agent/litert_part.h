/* LiteRT as a runtime, and one signature of a file that it has loaded. */
#ifndef EE_LITERT_PART_H
#define EE_LITERT_PART_H

#include "litert_api.h"
#include "runtime.h"

struct litert {
    struct ee_runtime runtime;
    struct litert_api api;
    void *environment;
    struct ee_runtime_options options;
};

struct litert_part {
    struct ee_part part;
    const struct litert_api *api;
    void *model, *compiled;
    size_t signature;
    bool on_cpu;
    void *inputs[EE_MOST_INPUTS]; /* in the order of the signature */
    size_t places[EE_MOST_INPUTS]; /* of each in the order of the arguments */
    void *output;
};

/* Makes the buffers of a part's inputs and of its output. False: they are not as they must be. */
bool ee_litert_make_buffers(struct litert *litert, struct litert_part *part, void *signature);

#endif
