#include "litert_api.h"

#include <dlfcn.h>
#include <string.h>

static const char usual[] = "libLiteRt.so";

/* Finds a function; `place` is the pointer to it, which ISO C lets no `void *` be turned into. */
static bool find(void *library, const char *name, void *place)
{
    void *found = dlsym(library, name);
    memcpy(place, &found, sizeof found);
    return found != NULL;
}

bool ee_litert_load(struct litert_api *api, const char *library, struct ee_error *error)
{
    const char *path = library != NULL ? library : usual;
    api->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (api->library == NULL) {
        return ee_fail(error, "InterpreterError",
                       "name it: --runtime PATH of libLiteRt.so, from the wheel ai-edge-litert",
                       "LiteRT cannot be opened: %s", dlerror());
    }
#define LITERT_FIND(result, name, arguments) \
    if (!find(api->library, #name, &api->name)) { \
        ee_litert_unload(api); \
        return ee_fail(error, "InterpreterError", "install LiteRT 2.3 or newer", \
                       "%s: has no %s", path, #name); \
    }
    LITERT_FUNCTIONS(LITERT_FIND)
    return true;
}

void ee_litert_unload(struct litert_api *api)
{
    if (api->library != NULL) {
        (void)dlclose(api->library);
        api->library = NULL;
    }
}
