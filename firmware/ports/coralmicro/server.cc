// The protocol over TCP, by the network over USB: the SDK's console takes no input there.
#include <algorithm>
#include <cerrno>

#include "libs/base/network.h"
#include "port.h"
#include "third_party/freertos_kernel/include/FreeRTOS.h"
#include "third_party/freertos_kernel/include/task.h"
#include "third_party/nxp/rt1176-sdk/middleware/lwip/src/include/lwip/sockets.h"

extern "C" {
#include "clock.h"
#include "receiver.h"
}

namespace {

constexpr int kPort = 4443;

// One host's connection; the session outlives it.
struct Connection {
    ee_session* session;
    int socket;
    uint16_t number = 0;  // of the next frame
    bool broken = false;
    double due = 0.0;  // when telemetry is to be sent next
    ee_outlet outlet = {};
    ee_receiver receiver = {};
    uint8_t frame[EE_FRAME_ROOM] = {};
    uint8_t bytes[1 << 12] = {};
};
Connection connection;

bool Send(void*, uint8_t type, const void* message) {
    size_t size;
    if (ee_encode(type, message, connection.number, connection.frame, sizeof connection.frame,
                  &size) != EE_WIRE_OK) {
        return true;
    }
    connection.number++;
    return coralmicro::WriteBytes(connection.socket, connection.frame, size) ==
           coralmicro::IOStatus::kOk;
}

void Answer(void*, const ee_frame* frame) {
    connection.broken = connection.broken ||
                        !ee_session_answer(connection.session, frame, &connection.outlet);
}

void Tell() {
    const double interval = connection.session->interval_ms / 1000.0, now = ee_seconds();
    if (interval > 0 && now >= connection.due) {
        connection.due = std::max(connection.due + interval, now);
        connection.broken = !ee_session_telemetry(connection.session, &connection.outlet);
    }
}

void Listen() {
    const int size = lwip_recv(connection.socket, connection.bytes, sizeof connection.bytes,
                               MSG_DONTWAIT);
    if (size > 0) {
        ee_receive(&connection.receiver, connection.bytes, static_cast<size_t>(size));
    } else if (size == 0 || (errno != EWOULDBLOCK && errno != EINTR)) {
        connection.broken = true;
    } else {
        vTaskDelay(pdMS_TO_TICKS(1));
    }
}

}  // namespace

void eedge::Serve(ee_session* session) {
    const int listening = coralmicro::SocketServer(kPort, 1);
    for (;;) {
        connection = {session, coralmicro::SocketAccept(listening)};
        if (connection.socket < 0) {
            vTaskDelay(pdMS_TO_TICKS(1000));
            continue;
        }
        connection.outlet.send = Send;
        connection.receiver.sink.frame = Answer;
        connection.broken = !ee_session_hello(session, &connection.outlet);
        while (!connection.broken) {
            Listen();
            Tell();
        }
        coralmicro::SocketClose(connection.socket);
    }
}
