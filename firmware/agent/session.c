#include "session.h"

#include "clock.h"
#include "utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    RUNS = 1 << 0,
    TELEMETRY = 1 << 2,
    NO_SENSOR = 1 << 4,
    NO_BATTERY = 1 << 5,
};
enum { LONGEST_S = 600, MOST_RATE = 1000000 };

/* Bytes of a text that go into one Result. */
enum { PART = 3000 };

struct exchange {
    struct ee_session *session;
    const struct ee_outlet *outlet;
    uint16_t number; /* of the command */
    struct ee_error error;
};

static struct ee_text text_of(const char *text, size_t most)
{
    const size_t size = strlen(text);
    return (struct ee_text){text, (uint16_t)ee_utf8_fitting(text, size, most)};
}

/* Copies a message's text, with a 0 at its end. */
static void copy_text(char *copy, size_t room, struct ee_text text)
{
    const size_t size = text.size < room ? text.size : room - 1;
    memcpy(copy, text.bytes, size);
    copy[size] = '\0';
}

static bool acknowledge(const struct exchange *exchange)
{
    const struct ee_ack ack = {exchange->number};
    return exchange->outlet->send(exchange->outlet->context, EE_ACK, &ack);
}

static bool refuse(const struct exchange *exchange)
{
    const struct ee_error *error = &exchange->error;
    const struct ee_refused refused = {
        .number = exchange->number,
        .kind = text_of(error->kind, 64),
        .what = text_of(error->what, 1024),
        .tries = text_of(error->tries != NULL ? error->tries : "", 1024),
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
        .capabilities = RUNS | TELEMETRY | (state.senses_heat ? 0u : NO_SENSOR) |
                        (state.has_battery ? 0u : NO_BATTERY),
        .session = session->number,
        .program = text_of("eedge-agent", 64),
        .board = text_of(session->board->name, 64),
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
        .point = text_of(work != NULL ? work->point : "", 64),
    };
    return outlet->send(outlet->context, EE_TELEMETRY, &telemetry);
}

static bool answer_hello(struct exchange *exchange, const struct ee_hello *hello)
{
    struct ee_session *session = exchange->session;
    if (hello->oldest > EE_WIRE_VERSION || hello->newest < EE_WIRE_VERSION) {
        (void)ee_fail(&exchange->error, "WireError", "update the older side",
                      "the host speaks no version %d", EE_WIRE_VERSION);
        return refuse(exchange);
    }
    if (session->work != NULL && (!session->greeted || hello->session != session->host)) {
        ee_work_forget(session->work);
    }
    session->greeted = true;
    session->host = hello->session;
    return ee_session_hello(session, exchange->outlet);
}

static void forget_run(struct ee_session *session)
{
    session->run = (struct ee_run){0};
    session->heard = 0;
}

static bool answer_load(struct exchange *exchange, const struct ee_load *load)
{
    struct ee_session *session = exchange->session;
    char board[65], point[65], points[1025] = "";
    copy_text(board, sizeof board, load->board);
    copy_text(point, sizeof point, load->point);
    struct ee_work *work =
        ee_work_begin(session->bundle, *board != '\0' ? board : session->board->name, point,
                      session->runtime, &exchange->error);
    if (work == NULL) {
        return refuse(exchange);
    }
    if (session->work != NULL) {
        ee_work_end(session->work);
    }
    session->work = work;
    forget_run(session);
    const struct ee_bundle *bundle = &work->bundle;
    size_t size = 0;
    for (size_t at = 0; at < bundle->point_count; at++) {
        const char *name = bundle->points[at].name;
        if (size + 1 + strlen(name) < sizeof points) {
            size += at > 0 ? 1 : 0;
            memcpy(points + size, name, strlen(name));
            size += strlen(name);
            points[size] = '\n';
        }
    }
    points[size] = '\0';
    const struct ee_loaded loaded = {
        .identity = bundle->identity,
        .exits = {bundle->exits, (uint16_t)bundle->exit_count},
        .points = text_of(points, 1024),
        .point = text_of(work->point, 64),
    };
    return exchange->outlet->send(exchange->outlet->context, EE_LOADED, &loaded);
}

/* Says that no bundle is loaded; returns whether one is. */
static bool is_loaded(struct exchange *exchange)
{
    return exchange->session->work != NULL ||
           ee_fail(&exchange->error, "UsageError", "send Load first", "no bundle is loaded");
}

static bool answer_set_point(struct exchange *exchange, const struct ee_set_point *wanted)
{
    char point[65];
    copy_text(point, sizeof point, wanted->point);
    const bool done = is_loaded(exchange) && ee_work_set_point(exchange->session->work, point,
                                                               wanted->deepest, &exchange->error);
    return done ? acknowledge(exchange) : refuse(exchange);
}

/* Sends a result, in as many messages as its text needs. */
static bool send_result(const struct exchange *exchange, const struct ee_ran *ran)
{
    const struct ee_heard *heard = &ran->heard;
    const char *text = heard->text != NULL ? heard->text : "";
    size_t left = heard->text_size;
    bool more;
    do {
        const size_t size = ee_utf8_fitting(text, left, PART);
        more = size < left;
        const struct ee_result result = {
            .utterance = ran->utterance,
            .exit = heard->exit,
            .more = more,
            .blocks = (float)heard->blocks,
            .duration_s = (float)heard->duration_s,
            .latency_s = (float)heard->latency_s,
            .loading_s = (float)heard->loading_s,
            .score = (float)heard->score,
            .point = text_of(ran->point, 64),
            .text = {text, (uint16_t)size},
        };
        if (!exchange->outlet->send(exchange->outlet->context, EE_RESULT, &result)) {
            return false;
        }
        text += size;
        left -= size;
    } while (more);
    return true;
}

static bool answer_run(struct exchange *exchange, const struct ee_run *run)
{
    struct ee_session *session = exchange->session;
    if (!is_loaded(exchange)) {
        return refuse(exchange);
    }
    const struct ee_ran *known = ee_work_known(session->work, run->utterance);
    if (known != NULL) {
        forget_run(session);
        return send_result(exchange, known);
    }
    const uint32_t rate = session->work->bundle.features.sample_rate;
    if (run->sample_rate != rate) {
        (void)ee_fail(&exchange->error, "AudioError", NULL,
                      "sound of %lu Hz, but this bundle takes %lu Hz",
                      (unsigned long)run->sample_rate, (unsigned long)rate);
        return refuse(exchange);
    }
    if (run->samples == 0 || run->samples > (uint64_t)LONGEST_S * rate) {
        (void)ee_fail(&exchange->error, "UsageError", "cut it: up to 600 s",
                      "an utterance of %lu samples at %lu Hz is not run",
                      (unsigned long)run->samples, (unsigned long)rate);
        return refuse(exchange);
    }
    forget_run(session);
    session->run = *run;
    return acknowledge(exchange);
}

/* Puts samples behind those that are there; what comes twice, because an answer was lost, is taken
 * once. */
static bool take_sound(struct exchange *exchange, const struct ee_sound *sound)
{
    struct ee_session *session = exchange->session;
    const size_t count = sound->samples.size / 2u;
    if (session->run.samples == 0 || sound->utterance != session->run.utterance) {
        return ee_fail(&exchange->error, "UsageError", NULL,
                       "sound of utterance %lu, which was not begun",
                       (unsigned long)sound->utterance);
    }
    if (sound->first > session->heard || sound->samples.size % 2 != 0) {
        return ee_fail(&exchange->error, "UsageError", NULL,
                       "sound from sample %lu on, but %zu are there",
                       (unsigned long)sound->first, session->heard);
    }
    const size_t end = sound->first + count;
    if (end > session->run.samples) {
        const unsigned long announced = session->run.samples;
        forget_run(session);
        return ee_fail(&exchange->error, "UsageError", NULL,
                       "more sound than the %lu samples that were announced", announced);
    }
    if (end > session->room) {
        const size_t room = end > 2 * session->room ? end : 2 * session->room;
        int16_t *grown = realloc(session->sound, room * sizeof *grown);
        if (grown == NULL) {
            return ee_fail(&exchange->error, "AudioError", NULL, "there is no memory for it");
        }
        session->sound = grown;
        session->room = room;
    }
    for (size_t at = 0; at < count; at++) {
        const uint8_t *bytes = sound->samples.bytes + 2 * at;
        const int32_t unsigned_value = bytes[0] | bytes[1] << 8;
        session->sound[sound->first + at] =
            (int16_t)(unsigned_value > INT16_MAX ? unsigned_value - 65536 : unsigned_value);
    }
    session->heard = end;
    return true;
}

static bool answer_sound(struct exchange *exchange, const struct ee_sound *sound)
{
    struct ee_session *session = exchange->session;
    if (!is_loaded(exchange) || !take_sound(exchange, sound)) {
        return refuse(exchange);
    }
    if (session->heard < session->run.samples) {
        return acknowledge(exchange);
    }
    const struct ee_ran *ran = ee_work_run(session->work, session->run.utterance, session->sound,
                                           session->heard, &exchange->error);
    forget_run(session);
    return ran != NULL ? send_result(exchange, ran) : refuse(exchange);
}

static bool answer_message(struct exchange *exchange, uint8_t type,
                           const union ee_message *message)
{
    if (type == EE_HELLO) {
        return answer_hello(exchange, &message->hello_);
    }
    if (!exchange->session->greeted) {
        (void)ee_fail(&exchange->error, "WireError", NULL, "nothing is taken before Hello");
        return refuse(exchange);
    }
    switch (type) {
    case EE_LOAD:
        return answer_load(exchange, &message->load_);
    case EE_SET_POINT:
        return answer_set_point(exchange, &message->set_point_);
    case EE_RUN:
        return answer_run(exchange, &message->run_);
    case EE_SOUND:
        return answer_sound(exchange, &message->sound_);
    case EE_WATCH:
        exchange->session->interval_ms = message->watch_.interval_ms;
        return acknowledge(exchange);
    default:
        (void)ee_fail(&exchange->error, "WireError", NULL,
                      "a message of type 0x%02X is not for this agent", type);
        return refuse(exchange);
    }
}

bool ee_session_answer(struct ee_session *session, const struct ee_frame *frame,
                       const struct ee_outlet *outlet)
{
    struct exchange exchange = {.session = session, .outlet = outlet, .number = frame->number};
    union ee_message message;
    const enum ee_wire_error wrong = ee_decode(frame, &message);
    if (wrong != EE_WIRE_OK) {
        (void)ee_fail(&exchange.error, "WireError", NULL, "%s", ee_wire_error_text(wrong));
        return refuse(&exchange);
    }
    return answer_message(&exchange, frame->type, &message);
}

void ee_session_end(struct ee_session *session)
{
    if (session->work != NULL) {
        ee_work_end(session->work);
        session->work = NULL;
    }
    free(session->sound);
    session->sound = NULL;
}
