#include "litert_accelerators.h"

#include "runtime.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

/* `LiteRtEnvOptionTag` and `LiteRtAnyType` of litert/c. */
enum { COMPILER_LIBRARIES = 0, DISPATCH_LIBRARIES = 1, RUNTIME_LIBRARIES = 22, TEXT = 8 };

/* `LiteRtEnvOption` of litert/c/litert_environment_options.h. */
struct option {
    int tag;
    struct {
        int type;
        union {
            const char *text;
            int64_t number;
        } value;
    } value;
};

static const struct {
    const char *name;
    int bit;
} accelerators[] = {{"cpu", LITERT_CPU}, {"gpu", LITERT_GPU}, {"npu", LITERT_NPU}};

enum { COUNT = sizeof accelerators / sizeof *accelerators };

int ee_litert_bit(const char *accelerator)
{
    for (size_t at = 0; at < COUNT; at++) {
        if (strcmp(accelerators[at].name, accelerator) == 0) {
            return accelerators[at].bit;
        }
    }
    return 0;
}

int ee_litert_bits(const struct litert_api *api, void *environment)
{
    int bits = 0;
    size_t count = 0;
    (void)api->LiteRtGetNumAccelerators(environment, &count);
    for (size_t at = 0; at < count; at++) {
        void *accelerator = NULL;
        int own = 0;
        if (api->LiteRtGetAccelerator(environment, at, &accelerator) == 0 &&
            api->LiteRtGetAcceleratorHardwareSupport(accelerator, &own) == 0) {
            bits |= own;
        }
    }
    return bits;
}

/* Tells whether a folder has a library that brings an NPU: without one, LiteRT would still list the
 * NPU, and compute on the CPU. */
static bool brings_npu(const char *folder)
{
    static const char begin[] = "libLiteRtDispatch";
    bool found = false;
    DIR *files = opendir(folder);
    for (const struct dirent *file; files != NULL && (file = readdir(files)) != NULL;) {
        found = found || strncmp(file->d_name, begin, sizeof begin - 1) == 0;
    }
    if (files != NULL) {
        (void)closedir(files);
    }
    return found;
}

void *ee_litert_environment(const struct litert_api *api, const char *library,
                            const char *accelerator)
{
    char folder[1024];
    const char *end = library != NULL ? strrchr(library, '/') : NULL;
    void *environment = NULL;
    int count = 0;
    struct option options[] = {
        {.tag = RUNTIME_LIBRARIES}, {.tag = DISPATCH_LIBRARIES}, {.tag = COMPILER_LIBRARIES}};
    if (!ee_is_cpu(accelerator) && end != NULL && (size_t)(end - library) < sizeof folder) {
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(end - library), library);
        count = brings_npu(folder) ? sizeof options / sizeof *options : 1;
        for (int at = 0; at < count; at++) {
            options[at].value.type = TEXT;
            options[at].value.value.text = folder;
        }
    }
    return api->LiteRtCreateEnvironment(count, options, &environment) == 0 ? environment : NULL;
}

bool ee_litert_has(const struct litert_api *api, void *environment, const char *accelerator,
                   struct ee_error *error)
{
    const int bits = ee_litert_bits(api, environment), wanted = ee_litert_bit(accelerator);
    if (bits & wanted) {
        return true;
    }
    char there[32] = "";
    for (size_t at = 0; at < COUNT; at++) {
        if (bits & accelerators[at].bit) {
            const size_t size = strlen(there);
            (void)snprintf(there + size, sizeof there - size, "%s%s", size > 0 ? ", " : "",
                           accelerators[at].name);
        }
    }
    if (wanted == 0) {
        return ee_fail(error, "UsageError",
                       "NNAPI and delegates are TFLite's: --runtime PATH of libtensorflowlite_c.so "
                       "or libtensorflowlite_jni.so",
                       "LiteRT has no accelerator '%s', but %s", accelerator, there);
    }
    return ee_fail(error, "InterpreterError",
                   "lay its library beside LiteRT's: libLiteRtGpuAccelerator.so, "
                   "libLiteRtDispatch_VENDOR.so",
                   "LiteRT has found no %s here, but %s", accelerator, there);
}
