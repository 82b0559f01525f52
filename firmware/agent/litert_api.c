#include "litert_api.h"

#include "symbol.h"

#include <dlfcn.h>

static const char usual[] = "libLiteRt.so";

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
    if (!ee_symbol(api->library, #name, &api->name)) { \
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
