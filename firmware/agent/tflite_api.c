#include "tflite_api.h"

#include "symbol.h"

#include <dlfcn.h>

bool ee_tflite_load(struct tflite_api *api, const char *library, struct ee_error *error)
{
    api->library = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (api->library == NULL) {
        return ee_fail(error, "InterpreterError", "name it: --runtime PATH",
                       "TFLite cannot be opened: %s", dlerror());
    }
#define TFLITE_FIND(result, name, arguments) \
    if (!ee_symbol(api->library, #name, &api->name)) { \
        ee_tflite_unload(api); \
        return ee_fail(error, "InterpreterError", "install TFLite 2.5 or newer", \
                       "%s: has no %s", library, #name); \
    }
    TFLITE_FUNCTIONS(TFLITE_FIND)
#define TFLITE_LOOK_FOR(result, name, arguments) \
    (void)ee_symbol(api->library, #name, &api->name);
    TFLITE_OPTIONAL_FUNCTIONS(TFLITE_LOOK_FOR)
    api->knows_signatures = api->TfLiteInterpreterGetSignatureCount != NULL &&
                            api->TfLiteInterpreterGetSignatureRunner != NULL &&
                            api->TfLiteSignatureRunnerDelete != NULL &&
                            api->TfLiteSignatureRunnerInvoke != NULL;
    api->has_nnapi = api->TfLiteNnapiDelegateOptionsDefault != NULL &&
                     api->TfLiteNnapiDelegateCreate != NULL &&
                     api->TfLiteNnapiDelegateDelete != NULL;
    api->has_xnnpack = api->TfLiteXNNPackDelegateOptionsDefault != NULL &&
                       api->TfLiteXNNPackDelegateCreate != NULL &&
                       api->TfLiteXNNPackDelegateDelete != NULL;
    return true;
}

void ee_tflite_unload(struct tflite_api *api)
{
    if (api->library != NULL) {
        (void)dlclose(api->library);
        api->library = NULL;
    }
}
