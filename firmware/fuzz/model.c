/* Any bytes as a TFLite file of which one length is to be left, and whose weights are brought in. */
#include "fuzz.h"
#include "inline_buffers.h"
#include "one_length.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *model = malloc(size + 1);
    FUZZ_HOLDS(model != NULL);
    if (size > 0) {
        memcpy(model, data, size);
    }
    if (!ee_keep_one_length(model, size, "t12")) {
        FUZZ_HOLDS(size == 0 || memcmp(model, data, size) == 0);
    }
    uint8_t *inlined;
    size_t inlined_size = 0;
    if (ee_inline_buffers(model, size, &inlined, &inlined_size) && inlined != NULL) {
        FUZZ_HOLDS(inlined_size > 0 && memcmp(inlined + 4, "TFL3", 4) == 0);
        free(inlined);
    }
    free(model);
    return 0;
}
