#define _POSIX_C_SOURCE 200809L

#include "litert_api.h"
#include "one_length.h"
#include "runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    void *inputs[EE_MOST_INPUTS]; /* in the order of the signature */
    size_t places[EE_MOST_INPUTS]; /* of each in the order of the arguments */
    void *output;
};

static const char kind[] = "InterpreterError";
static const char tries[] = "copy or flash the bundle again";

static void release(struct ee_part *part)
{
    struct litert_part *own = (struct litert_part *)part;
    const struct litert_api *api = own->api;
    for (size_t at = 0; at < EE_MOST_INPUTS; at++) {
        if (own->inputs[at] != NULL) {
            api->LiteRtDestroyTensorBuffer(own->inputs[at]);
        }
    }
    if (own->output != NULL) {
        api->LiteRtDestroyTensorBuffer(own->output);
    }
    if (own->compiled != NULL) {
        api->LiteRtDestroyCompiledModel(own->compiled);
    }
    if (own->model != NULL) {
        api->LiteRtDestroyModel(own->model);
    }
    free(own);
}

/* Options for this many threads on the CPU: LiteRT takes them as TOML. */
static void *options_of(const struct litert *litert)
{
    const struct litert_api *api = &litert->api;
    void *options = NULL, *opaque = NULL;
    enum { ROOM = 96 };
    char *text = malloc(ROOM);
    if (text == NULL || api->LiteRtCreateOptions(&options) != 0) {
        free(text);
        return NULL;
    }
    (void)snprintf(text, ROOM, "num_threads = %u\n%s", litert->options.threads,
                   litert->options.reference ? "kernel_mode = \"reference\"\n" : "");
    if (api->LiteRtSetOptionsHardwareAccelerators(options, LITERT_CPU) != 0 ||
        api->LiteRtCreateOpaqueOptions("xnnpack", text, free, &opaque) != 0) {
        free(text);
        api->LiteRtDestroyOptions(options);
        return NULL;
    }
    if (api->LiteRtAddOpaqueOptions(options, opaque) != 0) {
        api->LiteRtDestroyOptions(options);
        return NULL;
    }
    return options;
}

static bool compile(struct litert *litert, struct litert_part *part)
{
    void *options = options_of(litert);
    if (options == NULL) {
        return false;
    }
    const int status = litert->api.LiteRtCreateCompiledModel(litert->environment, part->model,
                                                             options, &part->compiled);
    litert->api.LiteRtDestroyOptions(options);
    return status == 0;
}

/* Finds a signature by its name: its number, and the thing itself. */
static void *find_signature(struct litert_part *part, const char *name)
{
    const struct litert_api *api = part->api;
    size_t count = 0;
    (void)api->LiteRtGetNumModelSignatures(part->model, &count);
    for (size_t at = 0; at < count; at++) {
        void *signature = NULL;
        const char *key = NULL;
        if (api->LiteRtGetModelSignature(part->model, at, &signature) == 0 &&
            api->LiteRtGetSignatureKey(signature, &key) == 0 && strcmp(key, name) == 0) {
            part->signature = at;
            return signature;
        }
    }
    return NULL;
}

/* The place of an input among the exported function's arguments: where these have no names, the
 * converter calls them args_0, args_1 ...; where they have, the mask comes last. */
static long argument_order(const char *name)
{
    const size_t size = strlen(name);
    size_t digits = size;
    while (digits > 0 && name[digits - 1] >= '0' && name[digits - 1] <= '9') {
        digits--;
    }
    return (strstr(name, "mask") != NULL ? 1000000L : 0L) + strtol(name + digits, NULL, 10);
}

/* Makes a buffer for a tensor of f32, and says how many numbers it holds. */
static void *new_buffer(struct litert *litert, void *tensor, void *requirements, size_t *size)
{
    const struct litert_api *api = &litert->api;
    struct litert_tensor_type type;
    void *buffer = NULL;
    if (api->LiteRtGetRankedTensorType(tensor, &type) != 0 || type.element != LITERT_FLOAT32 ||
        type.layout.rank > LITERT_MOST_DIMENSIONS) {
        return NULL;
    }
    *size = 1;
    for (size_t at = 0; at < type.layout.rank; at++) {
        if (type.layout.dimensions[at] <= 0 || *size > SIZE_MAX / INT32_MAX) {
            return NULL;
        }
        *size *= (size_t)type.layout.dimensions[at];
    }
    if (api->LiteRtCreateManagedTensorBufferFromRequirements(litert->environment, &type,
                                                             requirements, &buffer) != 0) {
        return NULL;
    }
    return buffer;
}

static bool make_inputs(struct litert *litert, struct litert_part *part, void *signature)
{
    const struct litert_api *api = part->api;
    long orders[EE_MOST_INPUTS] = {0};
    size_t count = 0, sizes[EE_MOST_INPUTS];
    if (api->LiteRtGetNumSignatureInputs(signature, &count) != 0 || count == 0 ||
        count > EE_MOST_INPUTS) {
        return false;
    }
    part->part.input_count = count;
    for (size_t at = 0; at < count; at++) {
        void *tensor = NULL, *requirements = NULL;
        const char *name = NULL;
        if (api->LiteRtGetSignatureInputName(signature, at, &name) != 0 ||
            api->LiteRtGetSignatureInputTensorByIndex(signature, at, &tensor) != 0 ||
            api->LiteRtGetCompiledModelInputBufferRequirements(part->compiled, part->signature, at,
                                                               &requirements) != 0) {
            return false;
        }
        orders[at] = argument_order(name);
        part->inputs[at] = new_buffer(litert, tensor, requirements, &sizes[at]);
        if (part->inputs[at] == NULL) {
            return false;
        }
    }
    for (size_t at = 0; at < count; at++) {
        const size_t other = count - 1 - at;
        part->places[at] = orders[at] > orders[other] ? 1 : orders[at] < orders[other] ? 0 : at;
        part->part.input_sizes[part->places[at]] = sizes[at];
    }
    return true;
}

static bool make_output(struct litert *litert, struct litert_part *part, void *signature)
{
    const struct litert_api *api = part->api;
    size_t count = 0;
    void *tensor = NULL, *requirements = NULL;
    if (api->LiteRtGetNumSignatureOutputs(signature, &count) != 0 || count != 1 ||
        api->LiteRtGetSignatureOutputTensorByIndex(signature, 0, &tensor) != 0 ||
        api->LiteRtGetCompiledModelOutputBufferRequirements(part->compiled, part->signature, 0,
                                                            &requirements) != 0) {
        return false;
    }
    part->output = new_buffer(litert, tensor, requirements, &part->part.output_size);
    return part->output != NULL;
}

static struct ee_part *load(struct ee_runtime *runtime, uint8_t *model, size_t size,
                            const char *name, struct ee_error *error)
{
    struct litert *litert = (struct litert *)runtime;
    struct litert_part *part = calloc(1, sizeof *part);
    if (part == NULL) {
        (void)ee_fail(error, kind, NULL, "there is no memory for it");
        return NULL;
    }
    part->api = &litert->api;
    /* Where that cannot be, the signature is found among the others. */
    (void)ee_keep_one_length(model, size, name);
    const char *why = "it is no model";
    void *signature = NULL;
    if (litert->api.LiteRtCreateModelFromBuffer(litert->environment, model, size, &part->model) ==
        0) {
        why = "it was not exported for this length";
        signature = find_signature(part, name);
    }
    if (signature != NULL) {
        why = "it cannot be compiled";
        if (compile(litert, part)) {
            why = "it does not take and put out f32";
            if (make_inputs(litert, part, signature) && make_output(litert, part, signature)) {
                return &part->part;
            }
        }
    }
    release(&part->part);
    (void)ee_fail(error, kind, tries, "length '%s' cannot be loaded: %s", name, why);
    return NULL;
}

static bool copy_in(const struct litert_api *api, void *buffer, const float *values, size_t count)
{
    void *memory = NULL;
    if (api->LiteRtLockTensorBuffer(buffer, &memory, LITERT_WRITE) != 0) {
        return false;
    }
    memcpy(memory, values, count * sizeof *values);
    return api->LiteRtUnlockTensorBuffer(buffer) == 0;
}

static bool copy_out(const struct litert_api *api, void *buffer, float *values, size_t count)
{
    void *memory = NULL;
    if (api->LiteRtLockTensorBuffer(buffer, &memory, LITERT_READ) != 0) {
        return false;
    }
    memcpy(values, memory, count * sizeof *values);
    return api->LiteRtUnlockTensorBuffer(buffer) == 0;
}

static bool run(struct ee_part *part, const float *const *inputs, float *output,
                struct ee_error *error)
{
    struct litert_part *own = (struct litert_part *)part;
    const struct litert_api *api = own->api;
    bool done = true;
    for (size_t at = 0; at < part->input_count && done; at++) {
        const size_t place = own->places[at];
        done = copy_in(api, own->inputs[at], inputs[place], part->input_sizes[place]);
    }
    done = done &&
           api->LiteRtRunCompiledModel(own->compiled, own->signature, part->input_count,
                                       own->inputs, 1, &own->output) == 0 &&
           copy_out(api, own->output, output, part->output_size);
    return done || ee_fail(error, kind, tries, "a part of the bundle cannot be run");
}

static bool is_whole(struct ee_part *part)
{
    const struct litert_part *own = (const struct litert_part *)part;
    bool whole = false;
    return own->api->LiteRtCompiledModelIsFullyAccelerated(own->compiled, &whole) == 0 && whole;
}

static void close_litert(struct ee_runtime *runtime)
{
    struct litert *litert = (struct litert *)runtime;
    if (litert->environment != NULL) {
        litert->api.LiteRtDestroyEnvironment(litert->environment);
    }
    ee_litert_unload(&litert->api);
    free(litert);
}

struct ee_runtime *ee_litert_open(const struct ee_runtime_options *options, struct ee_error *error)
{
    struct litert *litert = calloc(1, sizeof *litert);
    if (litert == NULL) {
        (void)ee_fail(error, kind, NULL, "there is no memory for LiteRT");
        return NULL;
    }
    litert->runtime = (struct ee_runtime){"LiteRT", load, run, is_whole, release, close_litert};
    litert->options = *options;
    if (!ee_litert_load(&litert->api, options->library, error)) {
        free(litert);
        return NULL;
    }
    if (litert->api.LiteRtCreateEnvironment(0, NULL, &litert->environment) != 0) {
        close_litert(&litert->runtime);
        (void)ee_fail(error, kind, NULL, "LiteRT cannot be started");
        return NULL;
    }
    return &litert->runtime;
}
