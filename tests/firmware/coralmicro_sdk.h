// What the port to the Dev Board Micro uses of its SDK, declared as that documents it: enough to
// see that the port is C++ that could be built, and nothing to run. All headers of the SDK are this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

// FreeRTOS
typedef uint32_t StackType_t, TickType_t;
typedef unsigned long UBaseType_t;
typedef struct { void* unused; } StaticTask_t;
typedef void* TaskHandle_t;
#define pdMS_TO_TICKS(ms) ((TickType_t)(ms))
extern "C" {
void vTaskDelay(TickType_t ticks);
void vTaskSuspend(TaskHandle_t task);
UBaseType_t uxTaskPriorityGet(TaskHandle_t task);
TaskHandle_t xTaskCreateStatic(void (*code)(void*), const char* name, uint32_t depth, void* parameter,
                               UBaseType_t priority, StackType_t* stack, StaticTask_t* task);
int lwip_recv(int socket, void* bytes, size_t size, int flags);  // returns ssize_t, an int there
}
#define MSG_DONTWAIT 0x08

#define STATIC_TENSOR_ARENA_IN_SDRAM(name, size) \
    static uint8_t name[size] __attribute__((aligned(16)))

// TensorFlow Lite Micro
enum TfLiteStatus { kTfLiteOk, kTfLiteError };
enum TfLiteType { kTfLiteFloat32 = 1, kTfLiteInt8 = 9 };
struct TfLiteRegistration;
struct TfLiteTensor {
    TfLiteType type;
    union { float* f; int8_t* int8; } data;
    struct { float scale; int32_t zero_point; } params;
    size_t bytes;
};
namespace tflite {
struct Model;
const Model* GetModel(const void* bytes);
class ErrorReporter {};
class MicroErrorReporter : public ErrorReporter {};
class MicroOpResolver {};
class AllOpsResolver : public MicroOpResolver {
 public:
    AllOpsResolver();
    TfLiteStatus AddCustom(const char* name, TfLiteRegistration* registration);
};
class MicroAllocator {
 public:
    static MicroAllocator* Create(uint8_t* arena, size_t size, ErrorReporter* reporter);
};
class MicroInterpreter {
 public:
    MicroInterpreter(const Model* model, const MicroOpResolver& resolver, MicroAllocator* allocator,
                     ErrorReporter* reporter);
    ~MicroInterpreter();
    TfLiteStatus AllocateTensors();
    TfLiteStatus Invoke();
    const std::vector<int32_t>& inputs() const;
    const std::vector<int32_t>& outputs() const;
    TfLiteTensor* input(size_t index);
    TfLiteTensor* output(size_t index);
};
}  // namespace tflite

namespace coralmicro {
class EdgeTpuContext;
class EdgeTpuManager {
 public:
    static EdgeTpuManager* GetSingleton();
    std::shared_ptr<EdgeTpuContext> OpenDevice();  // its mode has a default there
};
inline constexpr char kCustomOp[] = "edgetpu-custom-op";
TfLiteRegistration* RegisterCustomOp();

bool LfsFileExists(const char* path);
int LfsSize(const char* path);  // ssize_t
size_t LfsReadFile(const char* path, uint8_t* bytes, size_t size);

enum class IOStatus { kOk, kEof, kError };
IOStatus WriteBytes(int fd, const void* bytes, size_t size, size_t chunk_size = 1024);
int SocketServer(int port, int backlog);
int SocketAccept(int fd);
void SocketClose(int fd);

enum class TempSensor { kCpu, kTpu };
float TempSensorRead(TempSensor sensor);
uint64_t TimerMicros();
bool RandomGenerate(void* bytes, size_t size);
struct ResetStats { uint32_t reset_reason, watchdog_resets, lockup_resets; };
ResetStats ResetGetStats();
struct WatchdogConfig { int timeout_s, pet_rate_s; bool enable_irq; int irq_s_before_timeout; };
void WatchdogStart(const WatchdogConfig& config);
}  // namespace coralmicro
