/* An utterance's way: Run, Sound after Sound, Result. What is heard is not listened to: the blocks'
 * output is replayed. */
#include "board.h"
#include "session.h"

#include "utf8.h"

#include <string.h>

/* The utterance that is run, and how often it was begun and not ended: it outlives that. */
static struct {
    uint32_t host, number, times;
} under_way EE_KEPT;

enum { MOST_TIMES = 2 };

static bool is_under_way(const struct ee_session *session, uint32_t number)
{
    return under_way.times > 0 && under_way.host == session->host && under_way.number == number;
}

/* Stays in the middle of an utterance, or runs into what is no memory, as a bad block might. */
static void meet(enum ee_mishap mishap)
{
    while (mishap == EE_HANGS) {
    }
    if (mishap == EE_FAULTS) {
        *(volatile uint32_t *)(uintptr_t)0x90000000 = 0;
    }
}

static void replay(struct ee_session *session, const struct ee_frame *frame, uint32_t number)
{
    const struct ee_recording *recording = session->recording;
    const struct ee_recorded_utterance *utterance =
        ee_recorded_utterance(recording, number % recording->utterance_count);
    struct ee_policy policy = ee_recorded_policy(session->point);
    if (session->deepest > 0) {
        (void)ee_policy_cap(&policy, session->deepest, recording->exits, recording->exit_count);
    }
    under_way.times = is_under_way(session, number) ? under_way.times + 1 : 1;
    under_way.host = session->host;
    under_way.number = number;
    if (ee_starts() <= utterance->until) {
        meet((enum ee_mishap)utterance->mishap);
    }
    const uint32_t begin = ee_milliseconds();
    const struct ee_reading *left = ee_replay(&session->replay, recording, utterance, &policy);
    under_way.times = 0;
    if (left == NULL) {
        ee_refuse(session, frame, "ScoreError", "a score is not a number");
        return;
    }
    const struct ee_tokens tokens = ee_recorded_tokens(recording);
    const struct ee_symbol_memory *symbols = &session->replay.memory;
    const size_t size = ee_text_of(&tokens, symbols->symbols[1], symbols->counts[1], session->text,
                                   sizeof session->text);
    const size_t fitting = ee_utf8_fitting(session->text, size, sizeof session->text);
    session->utterances++;
    session->has_result = true;
    session->result = (struct ee_result){
        .utterance = number,
        .exit = left->exit,
        .blocks = left->exit,
        .duration_s = utterance->duration_s,
        .latency_s = (float)(ee_milliseconds() - begin) / 1000.0f,
        .score = (float)left->values[policy.score],
        .point = ee_text_field(session->point->name),
        .text = {session->text, (uint16_t)fitting},
    };
    ee_send(session, EE_RESULT, &session->result);
}

void ee_answer_run(struct ee_session *session, const struct ee_frame *frame,
                   const struct ee_run *run)
{
    if (session->point == NULL || run->samples == 0) {
        ee_refuse(session, frame, "UsageError", "no bundle is loaded, or no sound comes");
        return;
    }
    if (is_under_way(session, run->utterance) && under_way.times >= MOST_TIMES) {
        ee_refuse(session, frame, "UsageError",
                  "this utterance has made the board start anew twice");
        return;
    }
    session->run = (struct ee_run){0};
    session->heard = 0;
    if (session->has_result && session->result.utterance == run->utterance) {
        ee_send(session, EE_RESULT, &session->result);
        return;
    }
    session->run = *run;
    ee_acknowledge(session, frame);
}

void ee_answer_sound(struct ee_session *session, const struct ee_frame *frame,
                     const struct ee_sound *sound)
{
    const uint32_t samples = sound->samples.size / 2u;
    if (session->run.samples == 0 || sound->utterance != session->run.utterance ||
        sound->first > session->heard || samples > session->run.samples - sound->first) {
        ee_refuse(session, frame, "UsageError", "sound of no utterance that was begun");
        return;
    }
    session->heard = sound->first + samples;
    if (session->heard < session->run.samples) {
        ee_acknowledge(session, frame);
        return;
    }
    session->run.samples = 0;
    replay(session, frame, sound->utterance);
}
