#include "nnapi.h"

#include "symbol.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char reference[] = "nnapi-reference";

/* ANEURALNETWORKS_DEVICE_CPU of NeuralNetworksTypes.h. */
enum { CPU = 2 };

/* NeuralNetworks.h, since Android 10. */
struct api {
    int (*count)(uint32_t *count);
    int (*get)(uint32_t at, void **device);
    int (*name)(const void *device, const char **name);
    int (*type)(const void *device, int32_t *type);
};

size_t ee_nnapi_devices(struct ee_nnapi_device devices[EE_MOST_NNAPI_DEVICES])
{
    struct api api;
    uint32_t count = 0;
    size_t found = 0;
    void *library = dlopen("libneuralnetworks.so", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        return 0;
    }
    if (ee_symbol(library, "ANeuralNetworks_getDeviceCount", &api.count) &&
        ee_symbol(library, "ANeuralNetworks_getDevice", &api.get) &&
        ee_symbol(library, "ANeuralNetworksDevice_getName", &api.name) &&
        ee_symbol(library, "ANeuralNetworksDevice_getType", &api.type)) {
        (void)api.count(&count);
    }
    for (uint32_t at = 0; at < count && found < EE_MOST_NNAPI_DEVICES; at++) {
        void *device = NULL;
        const char *name = NULL;
        int32_t type = 0;
        if (api.get(at, &device) == 0 && api.name(device, &name) == 0 &&
            api.type(device, &type) == 0) {
            struct ee_nnapi_device *own = &devices[found++];
            (void)snprintf(own->name, sizeof own->name, "%s", name);
            own->computes_on_cpu = type == CPU || strcmp(own->name, reference) == 0;
        }
    }
    (void)dlclose(library);
    return found;
}

bool ee_nnapi_has(const char *name, struct ee_error *error)
{
    struct ee_nnapi_device devices[EE_MOST_NNAPI_DEVICES];
    const size_t count = ee_nnapi_devices(devices);
    char names[EE_MOST_NNAPI_DEVICES * 66] = "";
    for (size_t at = 0; at < count; at++) {
        const bool wanted = *name != '\0' ? strcmp(devices[at].name, name) == 0
                                          : !devices[at].computes_on_cpu;
        if (wanted) {
            return true;
        }
        const size_t size = strlen(names);
        (void)snprintf(names + size, sizeof names - size, "%s%s", size > 0 ? ", " : "",
                       devices[at].name);
    }
    if (count == 0) {
        return ee_fail(error, "InterpreterError", "it came with Android 10: --accelerator cpu",
                       "there is no NNAPI here that has accelerators");
    }
    if (*name != '\0') {
        return ee_fail(error, "UsageError", NULL, "NNAPI has no accelerator '%s', but %s", name,
                       names);
    }
    return ee_fail(error, "InterpreterError",
                   "--accelerator cpu, which is faster\n"
                   "--accelerator nnapi:nnapi-reference, if that is what you want to see",
                   "NNAPI would compute on the CPU: all that it has is %s", names);
}
