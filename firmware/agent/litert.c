#define _POSIX_C_SOURCE 200809L

#include "litert_accelerators.h"
#include "litert_part.h"
#include "one_length.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Options for the accelerator, with the CPU for what that does not take, and for this many threads
 * there: LiteRT takes them as TOML. */
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
                   litert->options.plain ? "kernel_mode = \"builtin\"\n" : "");
    const int bits = LITERT_CPU | ee_litert_bit(litert->runtime.accelerator);
    if (api->LiteRtSetOptionsHardwareAccelerators(options, bits) != 0 ||
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
    part->on_cpu = ee_is_cpu(runtime->accelerator);
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
            if (ee_litert_make_buffers(litert, part, signature)) {
                ee_runtime_loaded(runtime, &part->part);
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
    const struct litert_api *api = own->api;
    bool whole = false;
    const int status =
        own->on_cpu ? api->LiteRtCompiledModelIsFullyAccelerated(own->compiled, &whole)
                    : api->LiteRtCompiledModelIsNonCpuFullyAccelerated(own->compiled, &whole);
    return status == 0 && whole;
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
    litert->runtime = (struct ee_runtime){
        .name = "LiteRT",
        .accelerator = options->accelerator,
        .load = load,
        .run = run,
        .is_whole = is_whole,
        .release = release,
        .close = close_litert,
    };
    litert->options = *options;
    if (!ee_litert_load(&litert->api, options->library, error)) {
        free(litert);
        return NULL;
    }
    litert->environment =
        ee_litert_environment(&litert->api, options->library, options->accelerator);
    if (litert->environment == NULL) {
        (void)ee_fail(error, kind, NULL, "LiteRT cannot be started");
    } else if (ee_litert_has(&litert->api, litert->environment, options->accelerator, error)) {
        return &litert->runtime;
    }
    close_litert(&litert->runtime);
    return NULL;
}
