#include "exchange.h"

#include "clock.h"
#include "utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    RUNS = 1 << 0,
    FLASHED = 1 << 1,
    ONLY_SIGNED = 1 << 3,
    TELEMETRY = 1 << 2,
    NO_SENSOR = 1 << 4,
    NO_BATTERY = 1 << 5,
};

struct ee_text ee_text_field(const char *text, size_t most)
{
    const size_t size = strlen(text);
    return (struct ee_text){text, (uint16_t)ee_utf8_fitting(text, size, most)};
}

void ee_copy_text(char *copy, size_t room, struct ee_text text)
{
    const size_t size = text.size < room ? text.size : room - 1;
    memcpy(copy, text.bytes, size);
    copy[size] = '\0';
}

bool ee_acknowledge(const struct ee_exchange *exchange)
{
    const struct ee_ack ack = {exchange->number};
    return exchange->outlet->send(exchange->outlet->context, EE_ACK, &ack);
}

bool ee_refuse(const struct ee_exchange *exchange)
{
    const struct ee_error *error = &exchange->error;
    const struct ee_refused refused = {
        .number = exchange->number,
        .kind = ee_text_field(error->kind, 64),
        .what = ee_text_field(error->what, 1024),
        .tries = ee_text_field(error->tries != NULL ? error->tries : "", 1024),
    };
    return exchange->outlet->send(exchange->outlet->context, EE_REFUSED, &refused);
}

bool ee_session_hello(const struct ee_session *session, const struct ee_outlet *outlet)
{
    const struct ee_device_state state = ee_state_read(session->board, session->root);
    const struct ee_hello hello = {
        .oldest = EE_WIRE_VERSION,
        .newest = EE_WIRE_VERSION,
        .max_body = EE_MAX_BODY,
        .capabilities = RUNS | TELEMETRY | (session->shelf.slots != NULL ? FLASHED : 0u) |
                        (session->shelf.trust != NULL ? ONLY_SIGNED : 0u) |
                        (state.senses_heat ? 0u : NO_SENSOR) |
                        (state.has_battery ? 0u : NO_BATTERY),
        .session = session->number,
        .program = ee_text_field("eedge-agent", 64),
        .board = ee_text_field(session->board->name, 64),
    };
    return outlet->send(outlet->context, EE_HELLO, &hello);
}

bool ee_session_telemetry(const struct ee_session *session, const struct ee_outlet *outlet)
{
    const struct ee_work *work = session->work;
    const struct ee_device_state state = ee_state_read(session->board, session->root);
    const struct ee_telemetry telemetry = {
        .time_ms = (uint64_t)(1000 * ee_seconds()),
        .celsius = (float)state.celsius,
        .battery_percent = (float)state.percent,
        .charging = (uint8_t)state.charging,
        .queue = session->run.samples > 0,
        .real_time_factor = work != NULL ? (float)ee_work_factor(work) : NAN,
        .utterances = work != NULL ? work->utterances : 0,
        .deepest = work != NULL ? work->deepest : 0,
        .point = ee_text_field(work != NULL ? work->point : "", 64),
    };
    return outlet->send(outlet->context, EE_TELEMETRY, &telemetry);
}

static bool answer_hello(struct ee_exchange *exchange, const struct ee_hello *hello)
{
    struct ee_session *session = exchange->session;
    if (hello->oldest > EE_WIRE_VERSION || hello->newest < EE_WIRE_VERSION) {
        (void)ee_fail(&exchange->error, "WireError", "update the older side",
                      "the host speaks no version %d", EE_WIRE_VERSION);
        return ee_refuse(exchange);
    }
    const bool another = !session->greeted || hello->session != session->host;
    if (!ee_shelf_host_came(&session->shelf, another)) {
        ee_session_unload(session);
    }
    if (another && session->work != NULL) {
        ee_work_forget(session->work);
    }
    session->greeted = true;
    session->host = hello->session;
    return ee_session_hello(session, exchange->outlet);
}

void ee_forget_run(struct ee_session *session)
{
    session->run = (struct ee_run){0};
    session->heard = 0;
}

void ee_session_unload(struct ee_session *session)
{
    if (session->work != NULL) {
        ee_work_end(session->work);
        session->work = NULL;
    }
    ee_forget_run(session);
    ee_shelf_drop(&session->shelf);
}

bool ee_is_loaded(struct ee_exchange *exchange)
{
    return exchange->session->work != NULL ||
           ee_fail(&exchange->error, "UsageError", "send Load first", "no bundle is loaded");
}

static bool answer_set_point(struct ee_exchange *exchange, const struct ee_set_point *wanted)
{
    char point[65];
    ee_copy_text(point, sizeof point, wanted->point);
    const bool done = ee_is_loaded(exchange) && ee_work_set_point(exchange->session->work, point,
                                                               wanted->deepest, &exchange->error);
    return done ? ee_acknowledge(exchange) : ee_refuse(exchange);
}

static bool answer_message(struct ee_exchange *exchange, uint8_t type,
                           const union ee_message *message)
{
    if (type == EE_HELLO) {
        return answer_hello(exchange, &message->hello_);
    }
    if (!exchange->session->greeted) {
        (void)ee_fail(&exchange->error, "WireError", NULL, "nothing is taken before Hello");
        return ee_refuse(exchange);
    }
    switch (type) {
    case EE_LOAD:
        return ee_answer_load(exchange, &message->load_);
    case EE_SET_POINT:
        return answer_set_point(exchange, &message->set_point_);
    case EE_RUN:
        return ee_answer_run(exchange, &message->run_);
    case EE_SOUND:
        return ee_answer_sound(exchange, &message->sound_);
    case EE_WATCH:
        exchange->session->interval_ms = message->watch_.interval_ms;
        return ee_acknowledge(exchange);
    case EE_LIST_FILES:
    case EE_BEGIN:
    case EE_PUT:
    case EE_PUT_CHUNK:
    case EE_VERIFY:
    case EE_SWITCH:
    case EE_ROLLBACK:
        return ee_answer_flashing(exchange, type, message);
    default:
        (void)ee_fail(&exchange->error, "WireError", NULL,
                      "a message of type 0x%02X is not for this agent", type);
        return ee_refuse(exchange);
    }
}

bool ee_session_answer(struct ee_session *session, const struct ee_frame *frame,
                       const struct ee_outlet *outlet)
{
    struct ee_exchange exchange = {.session = session, .outlet = outlet, .number = frame->number};
    union ee_message message;
    const enum ee_wire_error wrong = ee_decode(frame, &message);
    if (wrong != EE_WIRE_OK) {
        (void)ee_fail(&exchange.error, "WireError", NULL, "%s", ee_wire_error_text(wrong));
        return ee_refuse(&exchange);
    }
    return answer_message(&exchange, frame->type, &message);
}

void ee_session_end(struct ee_session *session)
{
    ee_session_unload(session);
    free(session->sound);
    session->sound = NULL;
}
