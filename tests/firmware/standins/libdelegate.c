/* An external delegate that computes: TFLite's own XNNPACK, as a library of the kind that
 * libedgetpu is. The option `tflite` is the path of TFLite's library. */
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

static void (*end)(void *delegate);

void *tflite_plugin_create_delegate(const char **keys, const char **values, size_t count,
                                    void (*report)(const char *))
{
    for (size_t at = 0; at < count; at++) {
        if (strcmp(keys[at], "tflite") == 0) {
            void *tflite = dlopen(values[at], RTLD_NOW);
            void *(*begin)(const void *) = (void *(*)(const void *))dlsym(
                tflite, "TfLiteXNNPackDelegateCreate");
            end = (void (*)(void *))dlsym(tflite, "TfLiteXNNPackDelegateDelete");
            return begin(NULL);
        }
    }
    report("it wants the option tflite");
    return NULL;
}

void tflite_plugin_destroy_delegate(void *delegate) { end(delegate); }
