/* An utterance's way: Run, Sound after Sound, Result. */
#include "exchange.h"

#include "utf8.h"

#include <stdlib.h>

enum { LONGEST_S = 600 };

/* Bytes of a text that go into one Result. */
enum { PART = 3000 };

/* Sends a result, in as many messages as its text needs. */
static bool send_result(const struct ee_exchange *exchange, const struct ee_ran *ran)
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
            .point = ee_text_field(ran->point, 64),
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

bool ee_answer_run(struct ee_exchange *exchange, const struct ee_run *run)
{
    struct ee_session *session = exchange->session;
    if (!ee_is_loaded(exchange)) {
        return ee_refuse(exchange);
    }
    const struct ee_ran *known = ee_work_known(session->work, run->utterance);
    if (known != NULL) {
        ee_forget_run(session);
        return send_result(exchange, known);
    }
    const uint32_t rate = session->work->bundle.features.sample_rate;
    if (run->sample_rate != rate) {
        (void)ee_fail(&exchange->error, "AudioError", NULL,
                      "sound of %lu Hz, but this bundle takes %lu Hz",
                      (unsigned long)run->sample_rate, (unsigned long)rate);
        return ee_refuse(exchange);
    }
    if (run->samples == 0 || run->samples > (uint64_t)LONGEST_S * rate) {
        (void)ee_fail(&exchange->error, "UsageError", "cut it: up to 600 s",
                      "an utterance of %lu samples at %lu Hz is not run",
                      (unsigned long)run->samples, (unsigned long)rate);
        return ee_refuse(exchange);
    }
    ee_forget_run(session);
    session->run = *run;
    return ee_acknowledge(exchange);
}

/* Puts samples behind those that are there; what comes twice, because an answer was lost, is taken
 * once. */
static bool take_sound(struct ee_exchange *exchange, const struct ee_sound *sound)
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
        ee_forget_run(session);
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

/* Says where what was loaded for this utterance runs, if that is not simply the CPU. */
static bool tell_placement(const struct ee_exchange *exchange)
{
    enum { INFO = 20 };
    char text[512];
    if (!ee_runtime_tell(exchange->session->runtime, text, sizeof text)) {
        return true;
    }
    const struct ee_log log = {INFO, ee_text_field(text, 1024)};
    return exchange->outlet->send(exchange->outlet->context, EE_LOG, &log);
}

bool ee_answer_sound(struct ee_exchange *exchange, const struct ee_sound *sound)
{
    struct ee_session *session = exchange->session;
    if (!ee_is_loaded(exchange) || !take_sound(exchange, sound)) {
        return ee_refuse(exchange);
    }
    if (session->heard < session->run.samples) {
        return ee_acknowledge(exchange);
    }
    const struct ee_ran *ran = ee_work_run(session->work, session->run.utterance, session->sound,
                                           session->heard, &exchange->error);
    ee_forget_run(session);
    if (ran == NULL) {
        return ee_refuse(exchange);
    }
    return tell_placement(exchange) && send_result(exchange, ran);
}
