#include "arguments.h"
#include "litert_part.h"

/* Makes a buffer for a tensor of f32, and says how many numbers it holds. */
static void *new_buffer(struct litert *litert, void *tensor, void *requirements, size_t *size)
{
    const struct litert_api *api = &litert->api;
    struct litert_tensor_type type;
    void *buffer = NULL;
    if (api->LiteRtGetRankedTensorType(tensor, &type) != 0 || type.element != LITERT_FLOAT32 ||
        type.layout.rank > LITERT_MOST_DIMENSIONS) {
        return NULL;
    }
    *size = 1;
    for (size_t at = 0; at < type.layout.rank; at++) {
        if (type.layout.dimensions[at] <= 0 || *size > SIZE_MAX / INT32_MAX) {
            return NULL;
        }
        *size *= (size_t)type.layout.dimensions[at];
    }
    if (api->LiteRtCreateManagedTensorBufferFromRequirements(litert->environment, &type,
                                                             requirements, &buffer) != 0) {
        return NULL;
    }
    return buffer;
}

static bool make_inputs(struct litert *litert, struct litert_part *part, void *signature)
{
    const struct litert_api *api = part->api;
    long orders[EE_MOST_INPUTS] = {0};
    size_t count = 0, sizes[EE_MOST_INPUTS];
    if (api->LiteRtGetNumSignatureInputs(signature, &count) != 0 || count == 0 ||
        count > EE_MOST_INPUTS) {
        return false;
    }
    part->part.input_count = count;
    for (size_t at = 0; at < count; at++) {
        void *tensor = NULL, *requirements = NULL;
        const char *name = NULL;
        if (api->LiteRtGetSignatureInputName(signature, at, &name) != 0 ||
            api->LiteRtGetSignatureInputTensorByIndex(signature, at, &tensor) != 0 ||
            api->LiteRtGetCompiledModelInputBufferRequirements(part->compiled, part->signature, at,
                                                               &requirements) != 0) {
            return false;
        }
        orders[at] = ee_argument_order(name);
        part->inputs[at] = new_buffer(litert, tensor, requirements, &sizes[at]);
        if (part->inputs[at] == NULL) {
            return false;
        }
    }
    ee_argument_places(orders, count, part->places);
    for (size_t at = 0; at < count; at++) {
        part->part.input_sizes[part->places[at]] = sizes[at];
    }
    return true;
}

static bool make_output(struct litert *litert, struct litert_part *part, void *signature)
{
    const struct litert_api *api = part->api;
    size_t count = 0;
    void *tensor = NULL, *requirements = NULL;
    if (api->LiteRtGetNumSignatureOutputs(signature, &count) != 0 || count != 1 ||
        api->LiteRtGetSignatureOutputTensorByIndex(signature, 0, &tensor) != 0 ||
        api->LiteRtGetCompiledModelOutputBufferRequirements(part->compiled, part->signature, 0,
                                                            &requirements) != 0) {
        return false;
    }
    part->output = new_buffer(litert, tensor, requirements, &part->part.output_size);
    return part->output != NULL;
}

bool ee_litert_make_buffers(struct litert *litert, struct litert_part *part, void *signature)
{
    return make_inputs(litert, part, signature) && make_output(litert, part, signature);
}
