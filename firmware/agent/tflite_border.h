/* A tensor of TFLite that is f32 on our side, whatever the file computes in
 * (`edge/borders.py` is the same). */
#ifndef EE_TFLITE_BORDER_H
#define EE_TFLITE_BORDER_H

#include "tflite_api.h"

/* Returns how many numbers a tensor holds, or 0 if they are neither f32 nor int8. */
size_t ee_tflite_numbers(const struct tflite_api *api, const void *tensor);

void ee_tflite_copy_in(const struct tflite_api *api, void *tensor, const float *values,
                       size_t count);
void ee_tflite_copy_out(const struct tflite_api *api, const void *tensor, float *values,
                        size_t count);

#endif
