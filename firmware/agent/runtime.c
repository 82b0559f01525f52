#include "runtime.h"

#include "nnapi.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static const char kind[] = "InterpreterError";

/* The names under which the system has them: on Android, TFLite is in its library for Java. */
static const char *const usual[] = {"libLiteRt.so", "libtensorflowlite_c.so",
                                    "libtensorflowlite_jni.so"};

enum { USUAL = sizeof usual / sizeof *usual };

bool ee_is_cpu(const char *accelerator)
{
    return accelerator == NULL || strcmp(accelerator, "cpu") == 0;
}

bool ee_is_delegate(const char *accelerator)
{
    return accelerator != NULL && strncmp(accelerator, "delegate:", 9) == 0;
}

void ee_runtime_loaded(struct ee_runtime *runtime, struct ee_part *part)
{
    struct ee_placement *placement = &runtime->placement;
    placement->parts++;
    placement->whole += runtime->is_whole(part) ? 1u : 0u;
    placement->operators += part->operators;
    placement->accelerated += part->accelerated;
}

bool ee_runtime_tell(struct ee_runtime *runtime, char *text, size_t room)
{
    const struct ee_placement now = runtime->placement;
    runtime->placement = (struct ee_placement){0};
    if (ee_is_cpu(runtime->accelerator) || now.parts == 0) {
        return false;
    }
    const int size = snprintf(text, room, "%s: %zu of %zu files run there wholly",
                              runtime->accelerator, now.whole, now.parts);
    if (now.operators > 0 && size > 0 && (size_t)size < room) {
        (void)snprintf(text + size, room - (size_t)size, ", %zu of %zu operators",
                       now.accelerated, now.operators);
    }
    return true;
}

/* A library that was opened, and which of the two it is. */
struct library {
    void *handle;
    const char *path;
    bool is_litert;
};

/* Opens the first of the libraries that is there, and has it stay where it is: what LiteRT and
 * TFLite have begun they do not end when they are closed. */
static void *open_first(const char *const *names, size_t count, const char **found)
{
    void *library = NULL;
    for (size_t at = 0; at < count && library == NULL; at++) {
        *found = names[at];
        library = dlopen(names[at], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    }
    return library;
}

/* Opens the library of the options, or the first that the system has, and sees what it is. */
static bool recognise(const struct ee_runtime_options *options, struct library *library,
                      struct ee_error *error)
{
    const char *const *names = options->library != NULL ? &options->library : usual;
    library->handle = open_first(names, options->library != NULL ? 1 : USUAL, &library->path);
    if (library->handle == NULL) {
        return ee_fail(error, kind,
                       "name it: --runtime PATH of libLiteRt.so, from the wheel ai-edge-litert, or "
                       "of libtensorflowlite_c.so",
                       "no runtime can be opened: %s", dlerror());
    }
    library->is_litert = dlsym(library->handle, "LiteRtCreateEnvironment") != NULL;
    if (!library->is_litert && dlsym(library->handle, "TfLiteInterpreterCreate") == NULL) {
        (void)dlclose(library->handle);
        return ee_fail(error, kind, "libLiteRt.so, libtensorflowlite_c.so or its _jni.so is one",
                       "%s: is no runtime: it has neither LiteRT's C API nor TFLite's",
                       library->path);
    }
    return true;
}

struct ee_runtime *ee_runtime_open(const struct ee_runtime_options *options,
                                   struct ee_error *error)
{
    struct ee_runtime_options wanted = *options;
    struct library library;
    if (!recognise(options, &library, error)) {
        return NULL;
    }
    wanted.accelerator = options->accelerator != NULL ? options->accelerator : "cpu";
    wanted.library = library.path;
    struct ee_runtime *runtime =
        library.is_litert ? ee_litert_open(&wanted, error) : ee_tflite_open(&wanted, error);
    (void)dlclose(library.handle);
    return runtime;
}

size_t ee_runtime_accelerators(const struct ee_runtime_options *options,
                               struct ee_accelerator accelerators[EE_MOST_ACCELERATORS])
{
    struct ee_nnapi_device devices[EE_MOST_NNAPI_DEVICES];
    struct library library;
    struct ee_error error;
    size_t count = 0;
    if (!recognise(options, &library, &error)) {
        return 0;
    }
    (void)dlclose(library.handle);
    if (library.is_litert) {
        accelerators[count++] = (struct ee_accelerator){"gpu"};
        accelerators[count++] = (struct ee_accelerator){"npu"};
        return count;
    }
    const size_t found = ee_nnapi_devices(devices);
    for (size_t at = 0; at < found && count < EE_MOST_ACCELERATORS; at++) {
        if (!devices[at].computes_on_cpu) {
            (void)snprintf(accelerators[count++].name, sizeof accelerators->name, "nnapi:%.63s",
                           devices[at].name);
        }
    }
    return count;
}
