// The agent on a Coral Dev Board Micro, as an application of coralmicro.
#include <cstdio>
#include <string_view>

#include "libs/base/random.h"
#include "libs/base/reset.h"
#include "libs/base/watchdog.h"
#include "libs/tensorflow/utils.h"
#include "port.h"
#include "third_party/freertos_kernel/include/FreeRTOS.h"
#include "third_party/freertos_kernel/include/task.h"

namespace {

// Words of stack: an utterance's readings alone take 13 kB of it, and `app_main` has less.
constexpr size_t kStack = 1 << 14;
STATIC_TENSOR_ARENA_IN_SDRAM(stack, kStack * sizeof(StackType_t));
StaticTask_t task;
ee_session session;

const ee_board* Board() {
    const ee_board* board = ee_boards;
    while (board->name != nullptr && std::string_view(board->name) != "coral-dev-board-micro") {
        board++;
    }
    return board;
}

[[noreturn]] void Run(void*) {
    static ee_error error;
    session.shelf.bundle = eedge::kBundle;
    session.board = Board();
    session.root = "/";
    coralmicro::RandomGenerate(&session.number, sizeof session.number);
    session.runtime = eedge::OpenRuntime(&error);
    while (session.runtime == nullptr) {
        std::printf("eedge: error: %s\r\n", error.what);
        vTaskDelay(pdMS_TO_TICKS(5000));
        session.runtime = eedge::OpenRuntime(&error);
    }
    eedge::Serve(&session);
}

}  // namespace

extern "C" void app_main(void*) {
    const auto resets = coralmicro::ResetGetStats();
    std::printf("eedge: %lu resets by the watchdog, %lu by a lockup\r\n",
                static_cast<unsigned long>(resets.watchdog_resets),
                static_cast<unsigned long>(resets.lockup_resets));
    // A timer of the SDK's feeds it: it bites where no task is switched to any more.
    coralmicro::WatchdogConfig watchdog = {};
    watchdog.timeout_s = 8;
    watchdog.pet_rate_s = 3;
    coralmicro::WatchdogStart(watchdog);
    xTaskCreateStatic(Run, "eedge", kStack, nullptr, uxTaskPriorityGet(nullptr),
                      reinterpret_cast<StackType_t*>(stack), &task);
    vTaskSuspend(nullptr);
}
