/* Serves a host over the UART; an utterance's blocks are replayed from a recording. */
#include "board.h"
#include "message.h"
#include "receiver.h"
#include "replay.h"

#include <math.h>
#include <string.h>

enum { TEXT = 3072 };
enum { RUNS = 1 << 0, TELEMETRY = 1 << 2, NO_SENSOR = 1 << 4, NO_BATTERY = 1 << 5 };

/* All memory that there is. */
static struct {
    struct ee_receiver receiver;
    uint8_t frame[EE_FRAME_ROOM];
    struct ee_replay replay;
    char text[TEXT];
} memory;

static struct {
    const struct ee_recording *recording;
    const struct ee_recorded_point *point; /* NULL until it is loaded */
    uint8_t deepest;
    bool greeted;
    uint16_t number; /* of the next frame */
    uint32_t interval_ms, due_ms, utterances;
    struct ee_run run;
    uint32_t heard; /* samples of the utterance that came */
} session;

static struct ee_text text_of(const char *text)
{
    return (struct ee_text){text, (uint16_t)strlen(text)};
}

static void send(uint8_t type, const void *message)
{
    size_t size;
    if (ee_encode(type, message, session.number, memory.frame, sizeof memory.frame, &size) ==
        EE_WIRE_OK) {
        session.number++;
        ee_uart_write(memory.frame, size);
    }
}

static void acknowledge(const struct ee_frame *frame)
{
    const struct ee_ack ack = {frame->number};
    send(EE_ACK, &ack);
}

static void refuse(const struct ee_frame *frame, const char *kind, const char *what)
{
    const struct ee_refused refused = {frame->number, text_of(kind), text_of(what), {"", 0}};
    send(EE_REFUSED, &refused);
}

static void say_hello(void)
{
    const struct ee_hello hello = {
        .oldest = EE_WIRE_VERSION,
        .newest = EE_WIRE_VERSION,
        .max_body = EE_MAX_BODY,
        .capabilities = RUNS | TELEMETRY | NO_SENSOR | NO_BATTERY,
        .session = ee_starts() * 2654435761u,
        .program = text_of("eedge-mps2"),
        .board = text_of("mps2-an500"),
    };
    send(EE_HELLO, &hello);
}

static void report_fault(void)
{
    struct ee_fault fault;
    if (ee_take_fault(&fault)) {
        static const char digits[] = "0123456789abcdef";
        char text[] = "started anew after a fault at 00000000, status 00000000";
        for (int at = 0; at < 8; at++) {
            text[37 - at] = digits[fault.address >> 4 * at & 15];
            text[54 - at] = digits[fault.status >> 4 * at & 15];
        }
        const struct ee_log log = {40, text_of(text)};
        send(EE_LOG, &log);
    }
}

static const struct ee_recorded_point *point_named(struct ee_text name)
{
    const struct ee_recorded_point *points = ee_recorded_points(session.recording);
    for (uint32_t at = 0; at < session.recording->point_count; at++) {
        if (name.size == 0 || (strlen(points[at].name) == name.size &&
                               memcmp(points[at].name, name.bytes, name.size) == 0)) {
            return &points[at];
        }
    }
    return NULL;
}

static void load(const struct ee_frame *frame, const struct ee_load *wanted)
{
    const struct ee_recording *recording = session.recording;
    if (recording == NULL || !ee_replay_fits(recording)) {
        refuse(frame, "BundleError", "there is no recording, or it does not fit");
        return;
    }
    const struct ee_recorded_point *point = point_named(wanted->point);
    if (point == NULL) {
        refuse(frame, "UsageError", "there is no such operating point");
        return;
    }
    session.point = point;
    session.deepest = 0;
    session.run.samples = 0;
    size_t size = 0;
    for (uint32_t at = 0; at < recording->point_count; at++) {
        const char *name = ee_recorded_points(recording)[at].name;
        if (size + strlen(name) + 1 < 1024) {
            size += at > 0 ? 1 : 0;
            memcpy(memory.text + size, name, strlen(name));
            size += strlen(name);
            memory.text[size] = '\n';
        }
    }
    const struct ee_loaded loaded = {
        .identity = recording->identity,
        .exits = {recording->exits, (uint16_t)recording->exit_count},
        .points = {memory.text, (uint16_t)size},
        .point = text_of(point->name),
    };
    send(EE_LOADED, &loaded);
}

static void set_point(const struct ee_frame *frame, const struct ee_set_point *wanted)
{
    const struct ee_recorded_point *point =
        session.point != NULL ? point_named(wanted->point) : NULL;
    if (point == NULL ||
        (wanted->deepest > 0 && wanted->deepest < session.recording->exits[0])) {
        refuse(frame, "UsageError", "there is no such operating point, or no exit that shallow");
        return;
    }
    session.point = point;
    session.deepest = wanted->deepest;
    acknowledge(frame);
}

static void replay(const struct ee_frame *frame, uint32_t number)
{
    const struct ee_recording *recording = session.recording;
    const struct ee_recorded_utterance *utterance =
        ee_recorded_utterance(recording, number % recording->utterance_count);
    struct ee_policy policy = ee_recorded_policy(session.point);
    if (session.deepest > 0) {
        (void)ee_policy_cap(&policy, session.deepest, recording->exits, recording->exit_count);
    }
    const uint32_t begin = ee_milliseconds();
    const struct ee_reading *left =
        ee_replay(&memory.replay, recording, utterance, &policy);
    if (left == NULL) {
        refuse(frame, "ScoreError", "a score is not a number");
        return;
    }
    const struct ee_tokens tokens = ee_recorded_tokens(recording);
    const struct ee_symbol_memory *symbols = &memory.replay.memory;
    const size_t size = ee_text_of(&tokens, symbols->symbols[1], symbols->counts[1], memory.text,
                                   sizeof memory.text);
    session.utterances++;
    const struct ee_result result = {
        .utterance = number,
        .exit = left->exit,
        .blocks = left->exit,
        .duration_s = utterance->duration_s,
        .latency_s = (float)(ee_milliseconds() - begin) / 1000.0f,
        .score = (float)left->values[policy.score],
        .point = text_of(session.point->name),
        .text = {memory.text, (uint16_t)(size < sizeof memory.text ? size : sizeof memory.text)},
    };
    send(EE_RESULT, &result);
}

static void take_sound(const struct ee_frame *frame, const struct ee_sound *sound)
{
    if (session.run.samples == 0 || sound->utterance != session.run.utterance ||
        sound->first > session.heard) {
        refuse(frame, "UsageError", "sound of an utterance that was not begun");
        return;
    }
    session.heard = sound->first + sound->samples.size / 2u;
    if (session.heard < session.run.samples) {
        acknowledge(frame);
        return;
    }
    session.run.samples = 0;
    replay(frame, sound->utterance);
}

static void begin_run(const struct ee_frame *frame, const struct ee_run *run)
{
    if (session.point == NULL || run->samples == 0) {
        refuse(frame, "UsageError", "no recording is loaded, or no sound comes");
        return;
    }
    session.run = *run;
    session.heard = 0;
    acknowledge(frame);
}

static void send_telemetry(void)
{
    const struct ee_telemetry telemetry = {
        .time_ms = ee_milliseconds(),
        .celsius = NAN,
        .battery_percent = NAN,
        .charging = 2,
        .queue = session.run.samples > 0,
        .real_time_factor = NAN,
        .utterances = session.utterances,
        .deepest = session.deepest,
        .point = text_of(session.point != NULL ? session.point->name : ""),
    };
    send(EE_TELEMETRY, &telemetry);
}

static void take_frame(void *context, const struct ee_frame *frame)
{
    union ee_message message;
    (void)context;
    if (ee_decode(frame, &message) != EE_WIRE_OK) {
        refuse(frame, "WireError", "this is no message");
        return;
    }
    if (frame->type != EE_HELLO && !session.greeted) {
        refuse(frame, "WireError", "nothing is taken before Hello");
        return;
    }
    switch (frame->type) {
    case EE_HELLO:
        session.greeted = true;
        say_hello();
        break;
    case EE_LOAD:
        load(frame, &message.load_);
        break;
    case EE_SET_POINT:
        set_point(frame, &message.set_point_);
        break;
    case EE_RUN:
        begin_run(frame, &message.run_);
        break;
    case EE_SOUND:
        take_sound(frame, &message.sound_);
        break;
    case EE_WATCH:
        session.interval_ms = message.watch_.interval_ms;
        session.due_ms = ee_milliseconds();
        acknowledge(frame);
        break;
    default:
        refuse(frame, "WireError", "this message is not for this board");
    }
}

int main(void)
{
    ee_uart_begin();
    session.recording = ee_recording_at((const void *)(uintptr_t)0x60000000);
    memory.receiver.sink = (struct ee_sink){NULL, take_frame, NULL};
    say_hello();
    report_fault();
    for (;;) {
        const int byte = ee_uart_read();
        if (byte >= 0) {
            const uint8_t received = (uint8_t)byte;
            ee_receive(&memory.receiver, &received, 1);
        }
        if (session.interval_ms > 0 && (int32_t)(ee_milliseconds() - session.due_ms) >= 0) {
            session.due_ms += session.interval_ms;
            send_telemetry();
        }
    }
}
