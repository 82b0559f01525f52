#include "runtime.h"

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
    const int size = snprintf(text, room, "%s: all of %zu files of %zu runs there",
                              runtime->accelerator, now.whole, now.parts);
    if (now.operators > 0 && size > 0 && (size_t)size < room) {
        (void)snprintf(text + size, room - (size_t)size, ", %zu of %zu operators",
                       now.accelerated, now.operators);
    }
    return true;
}

/* Opens the first of the libraries that is there. */
static void *open_first(const char *const *names, size_t count, const char **found)
{
    void *library = NULL;
    for (size_t at = 0; at < count && library == NULL; at++) {
        *found = names[at];
        library = dlopen(names[at], RTLD_NOW | RTLD_LOCAL);
    }
    return library;
}

struct ee_runtime *ee_runtime_open(const struct ee_runtime_options *options,
                                   struct ee_error *error)
{
    struct ee_runtime_options wanted = *options;
    wanted.accelerator = options->accelerator != NULL ? options->accelerator : "cpu";
    void *library = options->library != NULL ? open_first(&options->library, 1, &wanted.library)
                                             : open_first(usual, USUAL, &wanted.library);
    if (library == NULL) {
        (void)ee_fail(error, kind,
                      "name it: --runtime PATH of libLiteRt.so, from the wheel ai-edge-litert, or "
                      "of libtensorflowlite_c.so",
                      "no runtime can be opened: %s", dlerror());
        return NULL;
    }
    const bool is_litert = dlsym(library, "LiteRtCreateEnvironment") != NULL;
    const bool is_tflite = dlsym(library, "TfLiteInterpreterCreate") != NULL;
    struct ee_runtime *runtime = NULL;
    if (is_litert) {
        runtime = ee_litert_open(&wanted, error);
    } else if (is_tflite) {
        runtime = ee_tflite_open(&wanted, error);
    } else {
        (void)ee_fail(error, kind, "libLiteRt.so, libtensorflowlite_c.so or its _jni.so is one",
                      "%s: is no runtime: it has neither LiteRT's C API nor TFLite's",
                      wanted.library);
    }
    (void)dlclose(library);
    return runtime;
}
