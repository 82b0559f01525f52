#define _POSIX_C_SOURCE 200809L

#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char tries[] = "copy or flash the bundle again";

static bool map(struct ee_mapping *file, int descriptor)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        return false;
    }
    file->size = (size_t)status.st_size;
    file->bytes = NULL;
    if (file->size == 0) {
        return true; /* nothing can be mapped of it */
    }
    void *bytes =
        mmap(NULL, file->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0);
    if (bytes == MAP_FAILED) {
        return false;
    }
    file->bytes = bytes;
    return true;
}

bool ee_map_file(struct ee_mapping *file, const char *folder, const char *name,
                 struct ee_error *error)
{
    char path[4096];
    const int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    *file = (struct ee_mapping){0};
    if (length < 0 || (size_t)length >= sizeof path) {
        return ee_fail(error, "BundleError", tries, "%s: its path is too long", name);
    }
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    const bool mapped = descriptor >= 0 && map(file, descriptor);
    const int reason = errno;
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    if (!mapped) {
        return ee_fail(error, "BundleError", tries, "%s: cannot be read: %s", path,
                       strerror(reason));
    }
    return true;
}

void ee_unmap_file(struct ee_mapping *file)
{
    if (file->bytes != NULL) {
        (void)munmap(file->bytes, file->size);
    }
    *file = (struct ee_mapping){0};
}
