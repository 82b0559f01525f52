// Files of the board's LittleFS, read into SDRAM: its flash cannot be mapped.
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "libs/base/filesystem.h"
#include "libs/tensorflow/utils.h"
#include "port.h"

namespace {

constexpr size_t kRoom = 32u << 20, kAlignment = 16, kFiles = 192;
constexpr char kTries[] = "flash the bundle again";
STATIC_TENSOR_ARENA_IN_SDRAM(pool, kRoom);

// A file that is mapped; they are kept in the order of their places.
struct Piece {
    size_t begin, size;
    char path[128];
};
Piece pieces[kFiles];
size_t count = 0;

// Takes the first gap that is large enough; nullptr: there is none.
Piece* Take(size_t size) {
    size_t begin = 0, at = 0;
    while (at < count && pieces[at].begin - begin < size) {
        begin = pieces[at].begin + pieces[at].size;
        at++;
    }
    if (count == kFiles || kRoom - begin < size) {
        return nullptr;
    }
    std::copy_backward(pieces + at, pieces + count, pieces + count + 1);
    count++;
    pieces[at] = {begin, size, ""};
    return &pieces[at];
}

void Give(Piece* piece) {
    std::copy(piece + 1, pieces + count, piece);
    count--;
}

Piece* Find(const uint8_t* bytes) {
    auto* end = pieces + count;
    auto* found =
        std::find_if(pieces, end, [=](const Piece& one) { return pool + one.begin == bytes; });
    return found != end ? found : nullptr;
}

}  // namespace

namespace eedge {

const char* PathOf(const uint8_t* bytes) {
    const Piece* piece = Find(bytes);
    return piece != nullptr ? piece->path : nullptr;
}

}  // namespace eedge

extern "C" {

bool ee_map_file(ee_mapping* file, const char* folder, const char* name, ee_error* error) {
    char path[sizeof Piece::path];
    *file = {};
    const int length = std::snprintf(path, sizeof path, "%s/%s", folder, name);
    if (length < 0 || static_cast<size_t>(length) >= sizeof path) {
        return ee_fail(error, "BundleError", kTries, "%s: its path is too long", name);
    }
    const auto size = coralmicro::LfsSize(path);
    if (!coralmicro::LfsFileExists(path) || size < 0) {
        return ee_fail(error, "BundleError", kTries, "%s: cannot be read", path);
    }
    file->size = static_cast<size_t>(size);
    // An empty file takes room too, so that no two lie at one place.
    const size_t units = (std::max<size_t>(file->size, 1) + kAlignment - 1) / kAlignment;
    Piece* piece = Take(units * kAlignment);
    if (piece == nullptr) {
        return ee_fail(error, "BundleError", "convert it for fewer lengths, or a smaller encoder",
                       "%s: there is no memory for its %zu bytes", path, file->size);
    }
    std::memcpy(piece->path, path, sizeof path);
    file->bytes = pool + piece->begin;
    if (coralmicro::LfsReadFile(path, file->bytes, file->size) != file->size) {
        ee_unmap_file(file);
        return ee_fail(error, "BundleError", kTries, "%s: cannot be read", path);
    }
    return true;
}

void ee_unmap_file(ee_mapping* file) {
    if (Piece* piece = file->bytes != nullptr ? Find(file->bytes) : nullptr) {
        Give(piece);
    }
    *file = {};
}

// Newlib's stat() ends here; all that is asked of it is whether a file is there.
int _stat(const char* path, struct stat* found) {
    *found = {};
    if (!coralmicro::LfsFileExists(path)) {
        return -1;
    }
    found->st_mode = S_IFREG;
    return 0;
}
}
