"""A stand-in for libedgetpu, compiled by the machine's C compiler: its API, and its failures.

`STANDIN_EDGETPU` says how it behaves, `STANDIN_DEVICES` which devices it lists, as "usb pci".
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = r"""
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* TfLiteDelegate of TFLite's c/common.h. */
struct delegate {
    void *data;
    int (*prepare)(void *context, struct delegate *delegate);
    void *copy_from, *copy_to, *free_handle;
    int64_t flags;
    void *opaque;
};
struct device { int type; const char *path; };

static int is(const char *mode) {
    const char *wanted = getenv("STANDIN_EDGETPU");
    return wanted && !strcmp(wanted, mode);
}

static const char *devices(void) {
    const char *listed = getenv("STANDIN_DEVICES");
    return listed ? listed : "usb";
}

const char *edgetpu_version(void) { return "stand-in 16"; }

struct device *edgetpu_list_devices(size_t *count) {
    struct device *found = calloc(8, sizeof *found);
    *count = 0;
    for (const char *at = devices(); *at; at++) {
        if (*at == 'u') found[(*count)++] = (struct device){1, "/sys/bus/usb/devices/4-2"};
        if (*at == 'p') found[(*count)++] = (struct device){0, "/dev/apex_0"};
        while (at[1] && *at != ' ') at++;
    }
    return found;
}

void edgetpu_free_devices(struct device *found) { free(found); }

static int prepare(void *context, struct delegate *delegate) { return 0; }

struct delegate *tflite_plugin_create_delegate(
        char **keys, char **values, size_t count, void (*report)(const char *)) {
    const char *device = "";
    for (size_t i = 0; i < count; i++) if (!strcmp(keys[i], "device")) device = values[i];
    if (is("crash")) raise(SIGSEGV);
    if (is("hang")) sleep(60);
    const char *number = strchr(device, ':');
    size_t wanted = number ? atoi(number + 1) : 0, seen = 0;
    for (const char *at = devices(); *at; at++) {
        if (!*device || *device == ':' || *device == *at) seen++;
        while (at[1] && *at != ' ') at++;
    }
    /* The real one gives no reason either. */
    if (is("refuse") || wanted >= seen) return NULL;
    struct delegate *made = calloc(1, sizeof *made);
    made->prepare = prepare;
    return made;
}

void tflite_plugin_destroy_delegate(struct delegate *delegate) { free(delegate); }
"""


def build(folder: Path, source: str = SOURCE, name: str = "libedgetpu-standin.so") -> Path:
    """Compile a stand-in; skips the test where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler here: the stand-in for libedgetpu cannot be built")
    path = folder / name
    (folder / "standin.c").write_text(source)
    command = [compiler, "-shared", "-fPIC", "-o", str(path), str(folder / "standin.c")]
    subprocess.run(command, check=True)
    return path
