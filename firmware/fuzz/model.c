/* Any bytes as a TFLite file of which one length is to be left. */
#include "fuzz.h"
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
    free(model);
    return 0;
}
