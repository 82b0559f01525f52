#include "tflite_border.h"

#include <math.h>
#include <string.h>

size_t ee_tflite_numbers(const struct tflite_api *api, const void *tensor)
{
    const size_t size = api->TfLiteTensorByteSize(tensor);
    switch (api->TfLiteTensorType(tensor)) {
    case TFLITE_FLOAT32:
        return size / sizeof(float);
    case TFLITE_INT8:
        return api->TfLiteTensorQuantizationParams(tensor).scale > 0.0f ? size : 0;
    default:
        return 0;
    }
}

void ee_tflite_copy_in(const struct tflite_api *api, void *tensor, const float *values,
                       size_t count)
{
    void *memory = api->TfLiteTensorData(tensor);
    if (api->TfLiteTensorType(tensor) == TFLITE_FLOAT32) {
        memcpy(memory, values, count * sizeof *values);
        return;
    }
    const struct tflite_quantization range = api->TfLiteTensorQuantizationParams(tensor);
    int8_t *levels = memory;
    for (size_t at = 0; at < count; at++) {
        const float level = rintf(values[at] / range.scale) + (float)range.zero_point;
        levels[at] = (int8_t)fmaxf(-128.0f, fminf(127.0f, level));
    }
}

void ee_tflite_copy_out(const struct tflite_api *api, const void *tensor, float *values,
                        size_t count)
{
    const void *memory = api->TfLiteTensorData(tensor);
    if (api->TfLiteTensorType(tensor) == TFLITE_FLOAT32) {
        memcpy(values, memory, count * sizeof *values);
        return;
    }
    const struct tflite_quantization range = api->TfLiteTensorQuantizationParams(tensor);
    const int8_t *levels = memory;
    for (size_t at = 0; at < count; at++) {
        values[at] = (float)(levels[at] - range.zero_point) * range.scale;
    }
}
