#include "arguments.h"
#include "tflite_border.h"
#include "tflite_part.h"

#include <stdio.h>
#include <string.h>

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

bool ee_tflite_find_tensors(const struct tflite_api *api, struct tflite_part *part)
{
    return find_inputs(api, part) && find_output(api, part);
}
