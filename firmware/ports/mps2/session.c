#include "session.h"

#include "board.h"
#include "message.h"

#include <string.h>

enum {
    RUNS = 1 << 0,
    FLASHED = 1 << 1,
    TELEMETRY = 1 << 2,
    NO_SENSOR = 1 << 4,
    NO_BATTERY = 1 << 5,
};

enum { ERROR = 40 };

static void say_hello(struct ee_session *session)
{
    const struct ee_hello hello = {
        .oldest = EE_WIRE_VERSION,
        .newest = EE_WIRE_VERSION,
        .max_body = EE_MAX_BODY,
        .capabilities = RUNS | FLASHED | TELEMETRY | NO_SENSOR | NO_BATTERY,
        .session = ee_starts() * 2654435761u,
        .program = ee_text_field("eedge-mps2"),
        .board = ee_text_field(session->slots.board),
    };
    ee_send(session, EE_HELLO, &hello);
}

static void spell_hex(char *text, uint32_t number)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t at = 0; at < 8; at++) {
        text[at] = digits[number >> (28 - 4 * at) & 15];
    }
}

static void report_last_end(struct ee_session *session)
{
    const struct ee_last_end last = session->last_end;
    char fault[] = "started anew after a fault at 00000000, status 00000000";
    char watchdog[] = "started anew by the watchdog: it hung at 00000000";
    if (!session->ended_badly) {
        return;
    }
    spell_hex(strstr(fault, "00000000"), last.address);
    spell_hex(fault + sizeof fault - 9, last.status);
    spell_hex(watchdog + sizeof watchdog - 9, last.address);
    const struct ee_log log = {ERROR,
                               ee_text_field(last.end == EE_BY_WATCHDOG ? watchdog : fault)};
    ee_send(session, EE_LOG, &log);
}

void ee_session_begin(struct ee_session *session)
{
    session->ended_badly = ee_take_last_end(&session->last_end);
    say_hello(session);
    report_last_end(session);
}

static void answer_hello(struct ee_session *session, const struct ee_frame *frame,
                         const struct ee_hello *hello)
{
    if (hello->oldest > EE_WIRE_VERSION || hello->newest < EE_WIRE_VERSION) {
        ee_refuse(session, frame, "WireError", "the host speaks none of this board's versions");
        return;
    }
    if (!session->greeted || hello->session != session->host) {
        ee_slots_release(&session->slots);
        session->has_result = false;
    }
    session->host = hello->session;
    say_hello(session);
    if (!session->greeted) {
        report_last_end(session); /* again: what was said at the start, nobody may have heard */
    }
    session->greeted = true;
}

void ee_session_answer(struct ee_session *session, const struct ee_frame *frame)
{
    union ee_message message;
    const enum ee_wire_error wrong = ee_decode(frame, &message);
    if (wrong != EE_WIRE_OK) {
        ee_refuse(session, frame, "WireError", ee_wire_error_text(wrong));
        return;
    }
    if (frame->type != EE_HELLO && !session->greeted) {
        ee_refuse(session, frame, "WireError", "nothing is taken before Hello");
        return;
    }
    switch (frame->type) {
    case EE_HELLO:
        answer_hello(session, frame, &message.hello_);
        break;
    case EE_LOAD:
        ee_answer_load(session, frame, &message.load_);
        break;
    case EE_SET_POINT:
        ee_answer_set_point(session, frame, &message.set_point_);
        break;
    case EE_RUN:
        ee_answer_run(session, frame, &message.run_);
        break;
    case EE_SOUND:
        ee_answer_sound(session, frame, &message.sound_);
        break;
    case EE_WATCH:
        ee_answer_watch(session, frame, &message.watch_);
        break;
    case EE_LIST_FILES:
    case EE_BEGIN:
    case EE_PUT:
    case EE_PUT_CHUNK:
    case EE_VERIFY:
    case EE_SWITCH:
    case EE_ROLLBACK:
        ee_answer_flashing(session, frame, &message);
        break;
    default:
        ee_refuse(session, frame, "WireError", "this message is not for this board");
    }
}
