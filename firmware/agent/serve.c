#define _POSIX_C_SOURCE 200809L

#include "serve.h"

#include "clock.h"
#include "receiver.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

struct server {
    struct ee_session *session;
    struct ee_outlet outlet;
    struct ee_receiver receiver;
    int in, out;
    uint16_t number;   /* of the next frame */
    double due;        /* when telemetry is to be sent next */
    bool broken;
    uint8_t frame[EE_FRAME_ROOM];
};

static bool write_all(int out, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t written = write(out, bytes, size);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        bytes += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

static bool send_message(void *context, uint8_t type, const void *message)
{
    struct server *server = context;
    size_t size;
    /* What does not fit a message is the agent's own mistake; the host's question then times out. */
    if (ee_encode(type, message, server->number, server->frame, sizeof server->frame, &size) !=
        EE_WIRE_OK) {
        return true;
    }
    server->number++;
    return write_all(server->out, server->frame, size);
}

static void answer_frame(void *context, const struct ee_frame *frame)
{
    struct server *server = context;
    if (!server->broken && !ee_session_answer(server->session, frame, &server->outlet)) {
        server->broken = true;
    }
}

/* Sends telemetry if it is due; returns how many milliseconds there are until then. */
static int watch(struct server *server)
{
    const double interval = server->session->interval_ms / 1000.0;
    const double now = ee_seconds();
    if (interval <= 0) {
        return -1;
    }
    if (now >= server->due) {
        /* From the time that it was due, so that what a sensor takes does not add up. */
        server->due = server->due + interval > now ? server->due + interval : now + interval;
        if (!ee_session_telemetry(server->session, &server->outlet)) {
            server->broken = true;
        }
    }
    const double left = 1000 * (server->due - ee_seconds());
    return left <= 0 ? 0 : left < INT_MAX ? (int)left + 1 : INT_MAX;
}

bool ee_serve(struct ee_session *session, int in, int out)
{
    struct server server = {.session = session, .in = in, .out = out};
    server.outlet = (struct ee_outlet){&server, send_message};
    server.receiver.sink = (struct ee_sink){&server, answer_frame, NULL};
    if (!ee_session_hello(session, &server.outlet)) {
        return false;
    }
    while (!server.broken) {
        struct pollfd ready = {.fd = in, .events = POLLIN};
        const int found = poll(&ready, 1, watch(&server));
        if (found < 0 && errno != EINTR) {
            return false;
        }
        if (found <= 0) {
            continue;
        }
        uint8_t bytes[1 << 14];
        const ssize_t size = read(in, bytes, sizeof bytes);
        if (size == 0) {
            return true; /* the other end has closed the link */
        }
        if (size < 0 && errno != EINTR && errno != EAGAIN) {
            return false;
        }
        ee_receive(&server.receiver, bytes, size > 0 ? (size_t)size : 0);
    }
    return false;
}
