// `compiled.json`: which file an Edge TPU compiler has made of which, at which length.
#include <cstring>

#include "libs/base/filesystem.h"
#include "port.h"

extern "C" {
#include "sealed.h"
}

namespace {

constexpr char kList[] = "compiled.json", kPlace[] = "/bundle/compiled.json";

// Finds the name of what was made of a file; false: nothing was.
bool Find(const ee_json_node* whole, const char* name, const char* length, char (&made)[128]) {
    const ee_json_node* node = ee_json_member(whole, "files");
    for (const char* step : {name, length, "file"}) {
        node = node != nullptr ? ee_json_member(node, step) : nullptr;
    }
    return node != nullptr && ee_json_copy(node, made, sizeof made);
}

}  // namespace

bool eedge::MapCompiled(const char* path, const char* signature, ee_mapping* file,
                        ee_error* error) {
    *file = {};
    if (!coralmicro::LfsFileExists(kPlace)) {
        return true;
    }
    ee_sealed list;
    if (!ee_sealed_open(&list, kBundle, kList, "BundleError", error)) {
        return false;
    }
    char made[128];
    const char* name = path + std::strlen(kBundle) + 1;
    const bool found = Find(list.nodes, name, signature + 1, made);
    ee_sealed_close(&list);
    return !found || ee_map_file(file, kBundle, made, error);
}
