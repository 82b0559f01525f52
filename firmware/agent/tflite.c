#include "inline_buffers.h"
#include "one_length.h"
#include "tflite_border.h"
#include "tflite_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char kind[] = "InterpreterError";
static const char tries[] = "copy or flash the bundle again";

static void release(struct ee_part *part)
{
    struct tflite_part *own = (struct tflite_part *)part;
    const struct tflite_api *api = &own->tflite->api;
    if (own->runner != NULL) {
        api->TfLiteSignatureRunnerDelete(own->runner);
    }
    if (own->interpreter != NULL) {
        api->TfLiteInterpreterDelete(own->interpreter);
    }
    if (own->options != NULL) {
        api->TfLiteInterpreterOptionsDelete(own->options);
    }
    if (own->model != NULL) {
        api->TfLiteModelDelete(own->model);
    }
    if (own->xnnpack != NULL) {
        api->TfLiteXNNPackDelegateDelete(own->xnnpack);
    }
    ee_tflite_accelerator_end(&own->accelerator);
    free(own->inlined);
    free(own);
}

static void heed(void *context, const char *format, va_list arguments)
{
    struct tflite *tflite = context;
    (void)vsnprintf(tflite->said, sizeof tflite->said, format, arguments);
}

/* Opens the model, with the accelerator between two who count what it takes, and XNNPACK for what it
 * leaves. */
static bool interpret(struct tflite *tflite, struct tflite_part *part)
{
    const struct tflite_api *api = &tflite->api;
    part->xnnpack = ee_tflite_xnnpack(api, tflite->options.threads);
    const bool accelerated = part->accelerator.delegate != NULL;
    void *const delegates[] = {accelerated ? &part->before.delegate : NULL,
                               part->accelerator.delegate,
                               accelerated ? &part->behind.delegate : NULL, part->xnnpack};
    part->options = api->TfLiteInterpreterOptionsCreate();
    api->TfLiteInterpreterOptionsSetNumThreads(part->options, (int32_t)tflite->options.threads);
    api->TfLiteInterpreterOptionsSetErrorReporter(part->options, heed, tflite);
    ee_tflite_watch_begin(&part->before);
    ee_tflite_watch_begin(&part->behind);
    for (size_t at = 0; at < sizeof delegates / sizeof *delegates; at++) {
        if (delegates[at] != NULL) {
            api->TfLiteInterpreterOptionsAddDelegate(part->options, delegates[at]);
        }
    }
    part->interpreter = api->TfLiteInterpreterCreate(part->model, part->options);
    part->part.operators = part->before.operators;
    part->part.accelerated = part->before.operators - part->behind.operators;
    return part->interpreter != NULL;
}

/* Finds the signature, and plans its memory. Where a file has one length, it may be called anything:
 * a compiler for an accelerator leaves no names. */
static bool prepare(const struct tflite_api *api, struct tflite_part *part, const char *signature)
{
    if (api->knows_signatures) {
        part->runner = api->TfLiteInterpreterGetSignatureRunner(part->interpreter, signature);
        if (part->runner != NULL) {
            return api->TfLiteSignatureRunnerAllocateTensors(part->runner) == 0;
        }
        if (api->TfLiteInterpreterGetSignatureCount(part->interpreter) > 1) {
            return false;
        }
    }
    return api->TfLiteInterpreterAllocateTensors(part->interpreter) == 0;
}

static struct ee_part *load(struct ee_runtime *runtime, uint8_t *model, size_t size,
                            const char *name, struct ee_error *error)
{
    struct tflite *tflite = (struct tflite *)runtime;
    const struct tflite_api *api = &tflite->api;
    struct tflite_part *part = calloc(1, sizeof *part);
    if (part == NULL) {
        (void)ee_fail(error, kind, NULL, "there is no memory for it");
        return NULL;
    }
    part->tflite = tflite;
    tflite->said[0] = '\0';
    /* Where that cannot be, the signature is found among the others. */
    (void)ee_keep_one_length(model, size, name);
    if (ee_inline_buffers(model, size, &part->inlined, &size)) {
        part->model = api->TfLiteModelCreate(part->inlined != NULL ? part->inlined : model, size);
    }
    if (!ee_tflite_accelerate(api, runtime->accelerator, &part->accelerator, error)) {
        release(&part->part);
        return NULL;
    }
    const char *why = "it is no model";
    if (part->model != NULL) {
        why = "it cannot be compiled";
        if (interpret(tflite, part)) {
            why = "it was not exported for this length, or cannot be run";
            if (prepare(api, part, name)) {
                why = "it takes or puts out what is neither f32 nor int8";
                if (ee_tflite_find_tensors(api, part)) {
                    ee_runtime_loaded(runtime, &part->part);
                    return &part->part;
                }
            }
        }
    }
    release(&part->part);
    (void)ee_fail(error, kind, tries, "length '%s' cannot be loaded: %s%s%s", name, why,
                  tflite->said[0] != '\0' ? ": " : "", tflite->said);
    return NULL;
}

static bool run(struct ee_part *part, const float *const *inputs, float *output,
                struct ee_error *error)
{
    struct tflite_part *own = (struct tflite_part *)part;
    const struct tflite_api *api = &own->tflite->api;
    for (size_t at = 0; at < part->input_count; at++) {
        const size_t place = own->places[at];
        ee_tflite_copy_in(api, own->inputs[at], inputs[place], part->input_sizes[place]);
    }
    const int status = own->runner != NULL ? api->TfLiteSignatureRunnerInvoke(own->runner)
                                           : api->TfLiteInterpreterInvoke(own->interpreter);
    if (status != 0) {
        return ee_fail(error, kind, tries, "a part of the bundle cannot be run: %s",
                       own->tflite->said);
    }
    ee_tflite_copy_out(api, own->output, output, part->output_size);
    return true;
}

static bool is_whole(struct ee_part *part)
{
    const struct tflite_part *own = (const struct tflite_part *)part;
    return own->accelerator.delegate == NULL || part->accelerated == part->operators;
}

static void close_tflite(struct ee_runtime *runtime)
{
    struct tflite *tflite = (struct tflite *)runtime;
    ee_tflite_unload(&tflite->api);
    free(tflite);
}

struct ee_runtime *ee_tflite_open(const struct ee_runtime_options *options, struct ee_error *error)
{
    struct tflite *tflite = calloc(1, sizeof *tflite);
    struct tflite_accelerator accelerator;
    if (tflite == NULL || options->plain) {
        free(tflite);
        (void)ee_fail(error, "UsageError", NULL, "TFLite cannot be had --plain: LiteRT can");
        return NULL;
    }
    tflite->runtime = (struct ee_runtime){
        .name = "TFLite",
        .accelerator = options->accelerator,
        .load = load,
        .run = run,
        .is_whole = is_whole,
        .release = release,
        .close = close_tflite,
    };
    tflite->options = *options;
    /* That it is there is better known now than at the first utterance. */
    if (ee_tflite_load(&tflite->api, options->library, error) &&
        ee_tflite_accelerate(&tflite->api, options->accelerator, &accelerator, error)) {
        ee_tflite_accelerator_end(&accelerator);
        return &tflite->runtime;
    }
    close_tflite(&tflite->runtime);
    return NULL;
}
