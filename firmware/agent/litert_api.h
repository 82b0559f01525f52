/* What is used of LiteRT's C API. Its headers come with no wheel, so it is declared here, as
 * `litert/c/` of google-ai-edge/LiteRT has it at version 2. */
#ifndef EE_LITERT_API_H
#define EE_LITERT_API_H

#include "error.h"

#include <stddef.h>
#include <stdint.h>

enum { LITERT_CPU = 1, LITERT_GPU = 2, LITERT_NPU = 4 };
enum { LITERT_FLOAT32 = 1 };
enum { LITERT_READ = 0, LITERT_WRITE = 1 };
enum { LITERT_MOST_DIMENSIONS = 8 };

struct litert_layout {
    unsigned rank : 7;
    unsigned has_strides : 1;
    int32_t dimensions[LITERT_MOST_DIMENSIONS];
    uint32_t strides[LITERT_MOST_DIMENSIONS];
};

struct litert_tensor_type {
    int element;
    struct litert_layout layout;
};

/* Functions return 0 if they did what they should. Things are `void *` on this side. */
#define LITERT_FUNCTIONS(F) \
    F(int, LiteRtCreateEnvironment, (int count, const void *options, void **environment)) \
    F(void, LiteRtDestroyEnvironment, (void *environment)) \
    F(int, LiteRtGetNumAccelerators, (void *environment, size_t *count)) \
    F(int, LiteRtGetAccelerator, (void *environment, size_t at, void **accelerator)) \
    F(int, LiteRtGetAcceleratorHardwareSupport, (void *accelerator, int *bits)) \
    F(int, LiteRtCreateModelFromBuffer, \
      (void *environment, const void *bytes, size_t size, void **model)) \
    F(void, LiteRtDestroyModel, (void *model)) \
    F(int, LiteRtGetNumModelSignatures, (void *model, size_t *count)) \
    F(int, LiteRtGetModelSignature, (void *model, size_t at, void **signature)) \
    F(int, LiteRtGetSignatureKey, (void *signature, const char **key)) \
    F(int, LiteRtGetNumSignatureInputs, (void *signature, size_t *count)) \
    F(int, LiteRtGetNumSignatureOutputs, (void *signature, size_t *count)) \
    F(int, LiteRtGetSignatureInputName, (void *signature, size_t at, const char **name)) \
    F(int, LiteRtGetSignatureInputTensorByIndex, (void *signature, size_t at, void **tensor)) \
    F(int, LiteRtGetSignatureOutputTensorByIndex, (void *signature, size_t at, void **tensor)) \
    F(int, LiteRtGetRankedTensorType, (void *tensor, struct litert_tensor_type *type)) \
    F(int, LiteRtCreateOptions, (void **options)) \
    F(void, LiteRtDestroyOptions, (void *options)) \
    F(int, LiteRtSetOptionsHardwareAccelerators, (void *options, int accelerators)) \
    F(int, LiteRtCreateOpaqueOptions, \
      (const char *identifier, void *data, void (*destroy)(void *data), void **opaque)) \
    F(int, LiteRtAddOpaqueOptions, (void *options, void *opaque)) \
    F(int, LiteRtCreateCompiledModel, \
      (void *environment, void *model, void *options, void **compiled)) \
    F(void, LiteRtDestroyCompiledModel, (void *compiled)) \
    F(int, LiteRtGetCompiledModelInputBufferRequirements, \
      (void *compiled, size_t signature, size_t at, void **requirements)) \
    F(int, LiteRtGetCompiledModelOutputBufferRequirements, \
      (void *compiled, size_t signature, size_t at, void **requirements)) \
    F(int, LiteRtCompiledModelIsFullyAccelerated, (void *compiled, bool *whole)) \
    F(int, LiteRtCompiledModelIsNonCpuFullyAccelerated, (void *compiled, bool *whole)) \
    F(int, LiteRtRunCompiledModel, \
      (void *compiled, size_t signature, size_t input_count, void **inputs, size_t output_count, \
       void **outputs)) \
    F(int, LiteRtCreateManagedTensorBufferFromRequirements, \
      (void *environment, const struct litert_tensor_type *type, void *requirements, \
       void **buffer)) \
    F(int, LiteRtLockTensorBuffer, (void *buffer, void **memory, int mode)) \
    F(int, LiteRtUnlockTensorBuffer, (void *buffer)) \
    F(void, LiteRtDestroyTensorBuffer, (void *buffer))

#define LITERT_MEMBER(result, name, arguments) result(*name) arguments;

struct litert_api {
    void *library;
    LITERT_FUNCTIONS(LITERT_MEMBER)
};

/* Opens the library, where it is NULL under its usual name. False: it is not there, or is of
 * another version. */
bool ee_litert_load(struct litert_api *api, const char *library, struct ee_error *error);
void ee_litert_unload(struct litert_api *api);

#endif
