/* What is used of TFLite's C API, as `tensorflow/lite/core/c/` has it (2.5 and newer). */
#ifndef EE_TFLITE_API_H
#define EE_TFLITE_API_H

#include "error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

enum { TFLITE_FLOAT32 = 1, TFLITE_INT8 = 9 };

struct tflite_quantization {
    float scale;
    int32_t zero_point;
};

/* `TfLiteNnapiDelegateOptions` of delegates/nnapi/nnapi_delegate_c_api.h. */
struct tflite_nnapi_options {
    int execution_preference;
    const char *accelerator_name, *cache_dir, *model_token;
    int disallow_nnapi_cpu, allow_fp16, max_number_delegated_partitions;
    void *nnapi_support_library_handle;
};

/* `TfLiteXNNPackDelegateOptions` of delegates/xnnpack/xnnpack_delegate.h, whose later fields each
 * version has more of: room for them is kept, and what they hold is the library's. */
struct tflite_xnnpack_options {
    int32_t threads;
    uint32_t flags;
    uint64_t later[31];
};

/* Things are `void *` on this side; `int` is 0 if a function did what it should. */
#define TFLITE_FUNCTIONS(F) \
    F(const char *, TfLiteVersion, (void)) \
    F(void *, TfLiteModelCreate, (const void *bytes, size_t size)) \
    F(void, TfLiteModelDelete, (void *model)) \
    F(void *, TfLiteInterpreterOptionsCreate, (void)) \
    F(void, TfLiteInterpreterOptionsDelete, (void *options)) \
    F(void, TfLiteInterpreterOptionsSetNumThreads, (void *options, int32_t threads)) \
    F(void, TfLiteInterpreterOptionsAddDelegate, (void *options, void *delegate)) \
    F(void, TfLiteInterpreterOptionsSetErrorReporter, \
      (void *options, void (*report)(void *context, const char *format, va_list arguments), \
       void *context)) \
    F(void *, TfLiteInterpreterCreate, (const void *model, const void *options)) \
    F(void, TfLiteInterpreterDelete, (void *interpreter)) \
    F(int, TfLiteInterpreterAllocateTensors, (void *interpreter)) \
    F(int, TfLiteInterpreterInvoke, (void *interpreter)) \
    F(int32_t, TfLiteInterpreterGetInputTensorCount, (const void *interpreter)) \
    F(void *, TfLiteInterpreterGetInputTensor, (const void *interpreter, int32_t at)) \
    F(int32_t, TfLiteInterpreterGetOutputTensorCount, (const void *interpreter)) \
    F(const void *, TfLiteInterpreterGetOutputTensor, (const void *interpreter, int32_t at)) \
    F(int, TfLiteTensorType, (const void *tensor)) \
    F(size_t, TfLiteTensorByteSize, (const void *tensor)) \
    F(void *, TfLiteTensorData, (const void *tensor)) \
    F(const char *, TfLiteTensorName, (const void *tensor)) \
    F(struct tflite_quantization, TfLiteTensorQuantizationParams, (const void *tensor))

/* NULL where a library has them not: signatures are "experimental", NNAPI is Android's, and XNNPACK
 * may have been left out. */
#define TFLITE_OPTIONAL_FUNCTIONS(F) \
    F(int32_t, TfLiteInterpreterGetSignatureCount, (const void *interpreter)) \
    F(void *, TfLiteInterpreterGetSignatureRunner, (const void *interpreter, const char *key)) \
    F(void, TfLiteSignatureRunnerDelete, (void *runner)) \
    F(size_t, TfLiteSignatureRunnerGetInputCount, (const void *runner)) \
    F(const char *, TfLiteSignatureRunnerGetInputName, (const void *runner, int32_t at)) \
    F(void *, TfLiteSignatureRunnerGetInputTensor, (void *runner, const char *name)) \
    F(int, TfLiteSignatureRunnerAllocateTensors, (void *runner)) \
    F(int, TfLiteSignatureRunnerInvoke, (void *runner)) \
    F(size_t, TfLiteSignatureRunnerGetOutputCount, (const void *runner)) \
    F(const char *, TfLiteSignatureRunnerGetOutputName, (const void *runner, int32_t at)) \
    F(const void *, TfLiteSignatureRunnerGetOutputTensor, (const void *runner, const char *name)) \
    F(struct tflite_nnapi_options, TfLiteNnapiDelegateOptionsDefault, (void)) \
    F(void *, TfLiteNnapiDelegateCreate, (const struct tflite_nnapi_options *options)) \
    F(void, TfLiteNnapiDelegateDelete, (void *delegate)) \
    F(struct tflite_xnnpack_options, TfLiteXNNPackDelegateOptionsDefault, (void)) \
    F(void *, TfLiteXNNPackDelegateCreate, (const struct tflite_xnnpack_options *options)) \
    F(void, TfLiteXNNPackDelegateDelete, (void *delegate))

#define TFLITE_MEMBER(result, name, arguments) result(*name) arguments;

struct tflite_api {
    void *library;
    bool knows_signatures, has_nnapi, has_xnnpack;
    TFLITE_FUNCTIONS(TFLITE_MEMBER)
    TFLITE_OPTIONAL_FUNCTIONS(TFLITE_MEMBER)
};

/* Opens the library. False: it is not there, or is of another version. */
bool ee_tflite_load(struct tflite_api *api, const char *library, struct ee_error *error);
void ee_tflite_unload(struct tflite_api *api);

#endif
