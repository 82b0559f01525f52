/* The board's state, unasked: it has neither a thermometer nor a battery. */
#include "board.h"
#include "session.h"

#include <math.h>

void ee_answer_watch(struct ee_session *session, const struct ee_frame *frame,
                     const struct ee_watch *watch)
{
    session->interval_ms = watch->interval_ms;
    session->due_ms = ee_milliseconds();
    ee_acknowledge(session, frame);
}

void ee_tell(struct ee_session *session)
{
    const uint32_t now = ee_milliseconds();
    if (session->interval_ms == 0 || (int32_t)(now - session->due_ms) < 0) {
        return;
    }
    /* From when it was due, so that being late does not add up; but none is sent twice. */
    session->due_ms += session->interval_ms;
    if ((int32_t)(now - session->due_ms) >= 0) {
        session->due_ms = now + session->interval_ms;
    }
    const struct ee_telemetry telemetry = {
        .time_ms = now,
        .celsius = NAN,
        .battery_percent = NAN,
        .charging = 2,
        .queue = session->run.samples > 0,
        .real_time_factor = NAN,
        .utterances = session->utterances,
        .deepest = session->deepest,
        .point = ee_text_field(session->point != NULL ? session->point->name : ""),
    };
    ee_send(session, EE_TELEMETRY, &telemetry);
}
