/* A stand-in for Android's NNAPI that adds: as much as TFLite's real NNAPI delegate asks for.
 *
 * STANDIN_NNAPI_DEVICES names its accelerators, parted by spaces (default: "standin-npu
 * nnapi-reference"). STANDIN_NNAPI=wrong has it subtract, and =crash ends the process. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MOST = 512, FLOATS = 3, ADD = 0, BAD = 4 };

struct type {
    int32_t code;
    uint32_t rank;
    const uint32_t *dimensions;
    float scale;
    int32_t zero;
};

struct operand {
    int32_t code;
    uint32_t rank, dimensions[8];
    const void *value;
    uint8_t copied[128];
};

struct operation {
    int32_t code;
    uint32_t inputs[16], output, input_count;
};

struct model {
    struct operand operands[MOST];
    struct operation operations[MOST];
    uint32_t operand_count, operation_count, inputs[MOST], outputs[MOST];
};

struct memory {
    uint8_t *bytes;
    size_t size;
};

struct execution {
    struct model *model;
    void *places[MOST];
};

static const char *const kinds[] = {"standin-npu", "nnapi-reference"};
static char names[16][64];

static bool is(const char *mode)
{
    const char *wanted = getenv("STANDIN_NNAPI");
    return wanted != NULL && strcmp(wanted, mode) == 0;
}

int ANeuralNetworks_getDeviceCount(uint32_t *count)
{
    const char *listed = getenv("STANDIN_NNAPI_DEVICES");
    char text[512], *rest = NULL;
    strncpy(text, listed != NULL ? listed : "standin-npu nnapi-reference", sizeof text - 1);
    text[sizeof text - 1] = '\0';
    *count = 0;
    for (char *name = strtok_r(text, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
        strncpy(names[(*count)++], name, sizeof *names - 1);
    }
    return 0;
}

int ANeuralNetworks_getDevice(uint32_t at, void **device)
{
    *device = names[at];
    return 0;
}

int ANeuralNetworksDevice_getName(const void *device, const char **name)
{
    *name = device;
    return 0;
}

int ANeuralNetworksDevice_getVersion(const void *device, const char **version)
{
    (void)device;
    *version = "1";
    return 0;
}

int ANeuralNetworksDevice_getFeatureLevel(const void *device, int64_t *level)
{
    (void)device;
    *level = 29;
    return 0;
}

int ANeuralNetworksDevice_getType(const void *device, int32_t *type)
{
    *type = strcmp(device, kinds[1]) == 0 ? 2 : 4; /* a CPU, an accelerator */
    return 0;
}

int ANeuralNetworksMemory_createFromFd(size_t size, int protect, int fd, size_t offset,
                                       struct memory **memory)
{
    *memory = calloc(1, sizeof **memory);
    (*memory)->size = size;
    (*memory)->bytes = mmap(NULL, size, protect, MAP_SHARED, fd, (off_t)offset);
    return (*memory)->bytes == MAP_FAILED ? BAD : 0;
}

void ANeuralNetworksMemory_free(struct memory *memory)
{
    munmap(memory->bytes, memory->size);
    free(memory);
}

int ANeuralNetworksModel_create(struct model **model)
{
    *model = calloc(1, sizeof **model);
    return 0;
}

void ANeuralNetworksModel_free(struct model *model) { free(model); }

int ANeuralNetworksModel_finish(struct model *model) { return model == NULL ? BAD : 0; }

int ANeuralNetworksModel_addOperand(struct model *model, const struct type *type)
{
    struct operand *operand = &model->operands[model->operand_count++];
    operand->code = type->code;
    operand->rank = type->rank;
    for (uint32_t at = 0; at < type->rank; at++) operand->dimensions[at] = type->dimensions[at];
    return 0;
}

int ANeuralNetworksModel_setOperandValue(struct model *model, int32_t at, const void *value,
                                         size_t size)
{
    struct operand *operand = &model->operands[at];
    /* NNAPI copies what is short. */
    operand->value = size > sizeof operand->copied ? value : memcpy(operand->copied, value, size);
    return 0;
}

int ANeuralNetworksModel_setOperandValueFromMemory(struct model *model, int32_t at,
                                                   const struct memory *memory, size_t offset,
                                                   size_t size)
{
    (void)size;
    model->operands[at].value = memory->bytes + offset;
    return 0;
}

int ANeuralNetworksModel_setOperandSymmPerChannelQuantParams(struct model *model, int32_t at,
                                                             const void *parameters)
{
    (void)model, (void)at, (void)parameters;
    return 0;
}

int ANeuralNetworksModel_addOperation(struct model *model, int32_t code, uint32_t input_count,
                                      const uint32_t *inputs, uint32_t output_count,
                                      const uint32_t *outputs)
{
    struct operation *operation = &model->operations[model->operation_count++];
    operation->code = code;
    operation->input_count = input_count;
    for (uint32_t at = 0; at < input_count && at < 16; at++) operation->inputs[at] = inputs[at];
    operation->output = output_count > 0 ? outputs[0] : 0;
    return 0;
}

int ANeuralNetworksModel_identifyInputsAndOutputs(struct model *model, uint32_t input_count,
                                                  const uint32_t *inputs, uint32_t output_count,
                                                  const uint32_t *outputs)
{
    memcpy(model->inputs, inputs, input_count * sizeof *inputs);
    memcpy(model->outputs, outputs, output_count * sizeof *outputs);
    return 0;
}

int ANeuralNetworksModel_relaxComputationFloat32toFloat16(struct model *model, bool allow)
{
    (void)model, (void)allow;
    return 0;
}

static size_t numbers(const struct operand *operand)
{
    size_t count = 1;
    for (uint32_t at = 0; at < operand->rank; at++) count *= operand->dimensions[at];
    return count;
}

int ANeuralNetworksModel_getSupportedOperationsForDevices(const struct model *model,
                                                          const void *const *devices,
                                                          uint32_t count, bool *supported)
{
    (void)devices, (void)count;
    for (uint32_t at = 0; at < model->operation_count; at++) {
        const struct operation *operation = &model->operations[at];
        const struct operand *one = &model->operands[operation->inputs[0]];
        const struct operand *other = &model->operands[operation->inputs[1]];
        supported[at] = operation->code == ADD && one->code == FLOATS && other->code == FLOATS &&
                        one->rank > 1 && numbers(one) == numbers(other);
    }
    return 0;
}

int ANeuralNetworksCompilation_createForDevices(struct model *model, const void *const *devices,
                                                uint32_t count, struct model **compilation)
{
    (void)devices, (void)count;
    *compilation = model;
    return 0;
}

int ANeuralNetworksCompilation_create(struct model *model, struct model **compilation)
{
    *compilation = model;
    return 0;
}

void ANeuralNetworksCompilation_free(struct model *compilation) { (void)compilation; }

int ANeuralNetworksCompilation_setPreference(struct model *compilation, int32_t preference)
{
    (void)compilation, (void)preference;
    return 0;
}

int ANeuralNetworksCompilation_finish(struct model *compilation)
{
    return compilation == NULL ? BAD : 0;
}

int ANeuralNetworksExecution_create(struct model *compilation, struct execution **execution)
{
    *execution = calloc(1, sizeof **execution);
    (*execution)->model = compilation;
    return 0;
}

void ANeuralNetworksExecution_free(struct execution *execution) { free(execution); }

int ANeuralNetworksExecution_setInput(struct execution *execution, int32_t at,
                                      const struct type *type, const void *buffer, size_t size)
{
    (void)type, (void)size;
    execution->places[execution->model->inputs[at]] = (void *)buffer;
    return 0;
}

int ANeuralNetworksExecution_setInputFromMemory(struct execution *execution, int32_t at,
                                                const struct type *type,
                                                const struct memory *memory, size_t offset,
                                                size_t size)
{
    return ANeuralNetworksExecution_setInput(execution, at, type, memory->bytes + offset, size);
}

int ANeuralNetworksExecution_setOutput(struct execution *execution, int32_t at,
                                       const struct type *type, void *buffer, size_t size)
{
    (void)type, (void)size;
    execution->places[execution->model->outputs[at]] = buffer;
    return 0;
}

int ANeuralNetworksExecution_setOutputFromMemory(struct execution *execution, int32_t at,
                                                 const struct type *type,
                                                 const struct memory *memory, size_t offset,
                                                 size_t size)
{
    return ANeuralNetworksExecution_setOutput(execution, at, type, memory->bytes + offset, size);
}

static const float *value_of(const struct execution *execution, uint32_t operand)
{
    const void *given = execution->places[operand];
    return given != NULL ? given : execution->model->operands[operand].value;
}

int ANeuralNetworksExecution_compute(struct execution *execution)
{
    if (is("crash")) raise(SIGSEGV);
    void *own[MOST] = {NULL};
    for (uint32_t at = 0; at < execution->model->operation_count; at++) {
        const struct operation *operation = &execution->model->operations[at];
        if (operation->code != ADD) return BAD;
        const size_t count = numbers(&execution->model->operands[operation->inputs[0]]);
        const float *one = value_of(execution, operation->inputs[0]);
        const float *other = value_of(execution, operation->inputs[1]);
        if (execution->places[operation->output] == NULL) {
            own[at] = execution->places[operation->output] = malloc(count * sizeof(float));
        }
        float *sum = execution->places[operation->output];
        for (size_t number = 0; number < count; number++) {
            sum[number] = one[number] + (is("wrong") ? -1.0f : 1.0f) * other[number];
        }
    }
    for (uint32_t at = 0; at < execution->model->operation_count; at++) free(own[at]);
    return 0;
}

int ANeuralNetworksExecution_startCompute(struct execution *execution, void **event)
{
    *event = execution;
    return ANeuralNetworksExecution_compute(execution);
}

int ANeuralNetworksEvent_wait(void *event) { return event == NULL ? BAD : 0; }

void ANeuralNetworksEvent_free(void *event) { (void)event; }
