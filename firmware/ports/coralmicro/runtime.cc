// Runs `.tflite` files by TFLite Micro: what was compiled for the Edge TPU there, the rest here.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "libs/tensorflow/utils.h"
#include "libs/tpu/edgetpu_manager.h"
#include "libs/tpu/edgetpu_op.h"
#include "port.h"
#include "third_party/tflite-micro/tensorflow/lite/micro/all_ops_resolver.h"
#include "third_party/tflite-micro/tensorflow/lite/micro/micro_allocator.h"
#include "third_party/tflite-micro/tensorflow/lite/micro/micro_error_reporter.h"
#include "third_party/tflite-micro/tensorflow/lite/micro/micro_interpreter.h"

extern "C" {
#include "inline_buffers.h"
#include "one_length.h"
}

namespace {

constexpr char kError[] = "InterpreterError";
constexpr size_t kArena = 8u << 20;
STATIC_TENSOR_ARENA_IN_SDRAM(arena, kArena);

// All parts run one after the other in one arena, which is begun anew when none is left.
struct Runtime : ee_runtime {
    std::shared_ptr<coralmicro::EdgeTpuContext> tpu;
    tflite::MicroErrorReporter reporter;
    tflite::AllOpsResolver operators;
    tflite::MicroAllocator* allocator;
    size_t parts;
};

struct Part : ee_part {
    Runtime* runtime;
    bool compiled;     // for the Edge TPU
    uint8_t* inlined;  // the file with its weights in their place, where they were not, or nullptr
    std::unique_ptr<tflite::MicroInterpreter> interpreter;
    TfLiteTensor* inputs[EE_MOST_INPUTS];
};

// Returns how many numbers a tensor holds; 0: they are of no type that is known here.
size_t CountOf(const TfLiteTensor* tensor) {
    return tensor->type == kTfLiteFloat32 ? tensor->bytes / sizeof(float)
           : tensor->type == kTfLiteInt8  ? tensor->bytes
                                          : 0;
}

void Fill(TfLiteTensor* tensor, const float* values) {
    if (tensor->type == kTfLiteFloat32) {
        std::memcpy(tensor->data.f, values, tensor->bytes);
        return;
    }
    for (size_t at = 0; at < tensor->bytes; at++) {
        const float number = std::nearbyint(values[at] / tensor->params.scale) +
                             static_cast<float>(tensor->params.zero_point);
        tensor->data.int8[at] = static_cast<int8_t>(std::clamp(number, -128.0f, 127.0f));
    }
}

void Read(const TfLiteTensor* tensor, float* values) {
    if (tensor->type == kTfLiteFloat32) {
        std::memcpy(values, tensor->data.f, tensor->bytes);
        return;
    }
    for (size_t at = 0; at < tensor->bytes; at++) {
        const int number = tensor->data.int8[at] - tensor->params.zero_point;
        values[at] = tensor->params.scale * static_cast<float>(number);
    }
}

void Release(ee_part* released) {
    auto* part = static_cast<Part*>(released);
    part->interpreter.reset();
    std::free(part->inlined);
    part->runtime->parts--;
    delete part;
}

// Tells whether the Edge TPU's compiler has made a file: it holds the name of its operator.
bool IsCompiled(const uint8_t* model, size_t size) {
    const auto* name = coralmicro::kCustomOp;
    return std::search(model, model + size, name, name + std::strlen(name)) != model + size;
}

// Finds the bytes that are to be run: a compiled file as it is, or one length of another.
const uint8_t* Choose(Part* part, uint8_t* model, size_t size, const char* signature,
                      ee_error* error) {
    size_t inlined_size;
    part->compiled = IsCompiled(model, size);
    if (part->compiled) {
        return model;
    }
    if (!ee_keep_one_length(model, size, signature) ||
        !ee_inline_buffers(model, size, &part->inlined, &inlined_size)) {
        (void)ee_fail(error, kError, nullptr, "%s: has no length %s", eedge::PathOf(model),
                      signature);
        return nullptr;
    }
    return part->inlined != nullptr ? part->inlined : model;
}

// Takes the measure of the tensors. The larger input is the sound's, the smaller its mask: a
// compiler may have put them in another order.
bool Measure(Part* part) {
    const size_t count = part->interpreter->inputs().size();
    if (count == 0 || count > EE_MOST_INPUTS || part->interpreter->outputs().size() != 1) {
        return false;
    }
    for (size_t at = 0; at < count; at++) {
        part->inputs[at] = part->interpreter->input(at);
    }
    std::sort(part->inputs, part->inputs + count, [](auto* one, auto* other) {
        return CountOf(one) > CountOf(other);
    });
    part->input_count = count;
    for (size_t at = 0; at < count; at++) {
        part->input_sizes[at] = CountOf(part->inputs[at]);
    }
    part->output_size = CountOf(part->interpreter->output(0));
    return part->input_sizes[count - 1] > 0 && part->output_size > 0;
}

ee_part* Load(ee_runtime* opened, uint8_t* model, size_t size, const char* signature,
              ee_error* error) {
    auto* runtime = static_cast<Runtime*>(opened);
    auto* part = new (std::nothrow) Part();
    if (part == nullptr) {
        (void)ee_fail(error, kError, nullptr, "there is no memory");
        return nullptr;
    }
    part->runtime = runtime;
    if (runtime->parts++ == 0) {
        runtime->allocator = tflite::MicroAllocator::Create(arena, kArena, &runtime->reporter);
    }
    const uint8_t* bytes = Choose(part, model, size, signature, error);
    if (bytes == nullptr) {
        Release(part);
        return nullptr;
    }
    part->interpreter = std::make_unique<tflite::MicroInterpreter>(
        tflite::GetModel(bytes), runtime->operators, runtime->allocator, &runtime->reporter);
    if (part->interpreter->AllocateTensors() != kTfLiteOk || !Measure(part)) {
        (void)ee_fail(error, kError, "convert it for this board: --board coral-dev-board-micro",
                      "%s, %s: TFLite Micro does not take it; its console says why",
                      eedge::PathOf(model), signature);
        Release(part);
        return nullptr;
    }
    runtime->placement.parts++;
    runtime->placement.whole += part->compiled;
    return part;
}

bool Run(ee_part* loaded, const float* const* inputs, float* output, ee_error* error) {
    auto* part = static_cast<Part*>(loaded);
    for (size_t at = 0; at < part->input_count; at++) {
        Fill(part->inputs[at], inputs[at]);
    }
    if (part->interpreter->Invoke() != kTfLiteOk) {
        return ee_fail(error, kError, nullptr, "TFLite Micro fails; its console says why");
    }
    Read(part->interpreter->output(0), output);
    return true;
}

bool IsWhole(ee_part* loaded) {
    return static_cast<Part*>(loaded)->compiled;
}

void Close(ee_runtime* runtime) {
    delete static_cast<Runtime*>(runtime);
}

}  // namespace

ee_runtime* eedge::OpenRuntime(ee_error* error) {
    auto runtime = std::make_unique<Runtime>();
    runtime->tpu = coralmicro::EdgeTpuManager::GetSingleton()->OpenDevice();
    if (runtime->tpu == nullptr) {
        (void)ee_fail(error, kError, "press Reset", "the Edge TPU does not answer");
        return nullptr;
    }
    runtime->operators.AddCustom(coralmicro::kCustomOp, coralmicro::RegisterCustomOp());
    runtime->name = "tflite-micro";
    runtime->accelerator = "edgetpu";
    runtime->load = Load;
    runtime->run = Run;
    runtime->is_whole = IsWhole;
    runtime->release = Release;
    runtime->close = Close;
    return runtime.release();
}

extern "C" {

// What `compiled.json` lists is run in place of what it was made from.
bool ee_is_delegate(const char*) { return true; }

bool ee_runtime_tell(ee_runtime* runtime, char* text, size_t room) {
    const ee_placement now = runtime->placement;
    runtime->placement = {};
    if (now.parts > 0) {
        (void)std::snprintf(text, room, "edgetpu: %zu of %zu files were compiled for it", now.whole,
                            now.parts);
    }
    return now.parts > 0;
}
}
