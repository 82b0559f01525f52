#define _POSIX_C_SOURCE 200809L

#include "tflite_delegates.h"

#include "nnapi.h"
#include "runtime.h"
#include "symbol.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

enum { MOST_OPTIONS = 16, LONGEST = 1024 };

static const char kind[] = "InterpreterError";
static const char by_nnapi[] = "nnapi", by_library[] = "delegate:";

static bool make_nnapi(const struct tflite_api *api, const char *name,
                       struct tflite_accelerator *accelerator, struct ee_error *error)
{
    if (!api->has_nnapi) {
        return ee_fail(error, kind, "take one that was built for Android",
                       "this TFLite has no NNAPI delegate");
    }
    if (!ee_nnapi_has(name, error)) {
        return false;
    }
    struct tflite_nnapi_options options = api->TfLiteNnapiDelegateOptionsDefault();
    options.accelerator_name = *name != '\0' ? name : NULL;
    /* Whoever is named may be the CPU. */
    options.disallow_nnapi_cpu = *name == '\0';
    accelerator->delegate = api->TfLiteNnapiDelegateCreate(&options);
    accelerator->destroy = api->TfLiteNnapiDelegateDelete;
    return accelerator->delegate != NULL ||
           ee_fail(error, kind, NULL, "TFLite's NNAPI delegate cannot be made");
}

/* Cuts "LIBRARY,KEY=VALUE..." up where it stands; returns how many options there are. */
static size_t cut_options(char *text, const char *keys[], const char *values[])
{
    char *rest = NULL, *key;
    size_t count = 0;
    (void)strtok_r(text, ",", &rest);
    while (count < MOST_OPTIONS && (key = strtok_r(NULL, ",", &rest)) != NULL) {
        char *value = strchr(key, '=');
        if (value != NULL) {
            *value++ = '\0';
        }
        keys[count] = key;
        values[count++] = value != NULL ? value : "";
    }
    return count;
}

/* What a delegate says goes where the agent's own words go. */
static void report(const char *said)
{
    (void)fprintf(stderr, "eedge-agent: %s\n", said);
}

/* Opens a library of the kind that TFLite calls an external delegate
 * (delegates/external/external_delegate_interface.h). */
static bool make_of_library(const char *name, struct tflite_accelerator *accelerator,
                            struct ee_error *error)
{
    void *(*create)(const char **keys, const char **values, size_t count,
                    void (*report)(const char *said));
    char text[LONGEST];
    const char *keys[MOST_OPTIONS], *values[MOST_OPTIONS];
    (void)snprintf(text, sizeof text, "%s", name);
    const size_t count = cut_options(text, keys, values);
    accelerator->library = dlopen(text, RTLD_NOW | RTLD_LOCAL);
    if (accelerator->library == NULL) {
        return ee_fail(error, kind, "install it, or name its path: --accelerator delegate:PATH",
                       "the delegate cannot be opened: %s", dlerror());
    }
    if (!ee_symbol(accelerator->library, "tflite_plugin_create_delegate", &create) ||
        !ee_symbol(accelerator->library, "tflite_plugin_destroy_delegate",
                   &accelerator->destroy)) {
        return ee_fail(error, kind, NULL, "%s: is no TFLite delegate", text);
    }
    accelerator->delegate = create(keys, values, count, report);
    return accelerator->delegate != NULL ||
           ee_fail(error, kind,
                   "see that its device is there, may be opened, and is not in use\n"
                   "see its options: delegate:LIBRARY,KEY=VALUE",
                   "%s: refuses, and does not say why", text);
}

bool ee_tflite_accelerate(const struct tflite_api *api, const char *name,
                          struct tflite_accelerator *accelerator, struct ee_error *error)
{
    const size_t nnapi = strlen(by_nnapi);
    *accelerator = (struct tflite_accelerator){0};
    bool made;
    if (ee_is_cpu(name)) {
        return true;
    }
    if (strncmp(name, by_nnapi, nnapi) == 0 && (name[nnapi] == '\0' || name[nnapi] == ':')) {
        made = make_nnapi(api, name + nnapi + (name[nnapi] == ':'), accelerator, error);
    } else if (strncmp(name, by_library, strlen(by_library)) == 0) {
        made = make_of_library(name + strlen(by_library), accelerator, error);
    } else {
        made = ee_fail(error, "UsageError",
                       "gpu and npu are LiteRT's: --runtime PATH of libLiteRt.so",
                       "TFLite has no accelerator '%s', but cpu, nnapi, nnapi:NAME and "
                       "delegate:LIBRARY", name);
    }
    if (!made) {
        ee_tflite_accelerator_end(accelerator);
    }
    return made;
}

void ee_tflite_accelerator_end(struct tflite_accelerator *accelerator)
{
    if (accelerator->delegate != NULL) {
        accelerator->destroy(accelerator->delegate);
    }
    if (accelerator->library != NULL) {
        (void)dlclose(accelerator->library);
    }
    *accelerator = (struct tflite_accelerator){0};
}

void *ee_tflite_xnnpack(const struct tflite_api *api, unsigned threads)
{
    /* TFLITE_XNNPACK_DELEGATE_FLAG_QS8, _QU8 and _DYNAMIC_FULLY_CONNECTED. */
    enum { INT8 = 1 | 2 | 8 };
    if (!api->has_xnnpack) {
        return NULL;
    }
    struct tflite_xnnpack_options options = api->TfLiteXNNPackDelegateOptionsDefault();
    options.threads = (int32_t)threads;
    options.flags |= INT8;
    return api->TfLiteXNNPackDelegateCreate(&options);
}
