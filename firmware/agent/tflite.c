#include "arguments.h"
#include "inline_buffers.h"
#include "one_length.h"
#include "runtime.h"
#include "tflite_border.h"
#include "tflite_delegates.h"
#include "tflite_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char kind[] = "InterpreterError";
static const char tries[] = "copy or flash the bundle again";

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

/* Finds the signature, and plans its memory. */
static bool prepare(const struct tflite_api *api, struct tflite_part *part, const char *signature)
{
    if (!api->knows_signatures ||
        api->TfLiteInterpreterGetSignatureCount(part->interpreter) == 0) {
        return api->TfLiteInterpreterAllocateTensors(part->interpreter) == 0;
    }
    part->runner = api->TfLiteInterpreterGetSignatureRunner(part->interpreter, signature);
    return part->runner != NULL && api->TfLiteSignatureRunnerAllocateTensors(part->runner) == 0;
}

/* Returns the input of that number, and where its name puts it. */
static void *input_of(const struct tflite_api *api, const struct tflite_part *part, size_t at,
                      long *order)
{
    if (part->runner != NULL) {
        const char *name = api->TfLiteSignatureRunnerGetInputName(part->runner, (int32_t)at);
        *order = ee_argument_order(name);
        return api->TfLiteSignatureRunnerGetInputTensor(part->runner, name);
    }
    void *tensor = api->TfLiteInterpreterGetInputTensor(part->interpreter, (int32_t)at);
    char name[128];
    /* A tensor is named as its argument, with the number of an output behind it. */
    (void)snprintf(name, sizeof name, "%s", api->TfLiteTensorName(tensor));
    name[strcspn(name, ":")] = '\0';
    *order = ee_argument_order(name);
    return tensor;
}

static bool find_inputs(const struct tflite_api *api, struct tflite_part *part)
{
    long orders[EE_MOST_INPUTS] = {0};
    const size_t count =
        part->runner != NULL
            ? api->TfLiteSignatureRunnerGetInputCount(part->runner)
            : (size_t)api->TfLiteInterpreterGetInputTensorCount(part->interpreter);
    if (count == 0 || count > EE_MOST_INPUTS) {
        return false;
    }
    part->part.input_count = count;
    for (size_t at = 0; at < count; at++) {
        part->inputs[at] = input_of(api, part, at, &orders[at]);
    }
    ee_argument_places(orders, count, part->places);
    for (size_t at = 0; at < count; at++) {
        const size_t size = ee_tflite_numbers(api, part->inputs[at]);
        part->part.input_sizes[part->places[at]] = size;
        if (size == 0) {
            return false;
        }
    }
    return true;
}

static bool find_output(const struct tflite_api *api, struct tflite_part *part)
{
    const size_t count =
        part->runner != NULL
            ? api->TfLiteSignatureRunnerGetOutputCount(part->runner)
            : (size_t)api->TfLiteInterpreterGetOutputTensorCount(part->interpreter);
    if (count != 1) {
        return false;
    }
    part->output =
        part->runner != NULL
            ? api->TfLiteSignatureRunnerGetOutputTensor(
                  part->runner, api->TfLiteSignatureRunnerGetOutputName(part->runner, 0))
            : api->TfLiteInterpreterGetOutputTensor(part->interpreter, 0);
    part->part.output_size = ee_tflite_numbers(api, part->output);
    return part->part.output_size > 0;
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
                if (find_inputs(api, part) && find_output(api, part)) {
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
