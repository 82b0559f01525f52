/* What the board knows while it runs, and its answer to each of a host's messages. */
#ifndef EE_MPS2_SESSION_H
#define EE_MPS2_SESSION_H

#include "board.h"
#include "frame.h"
#include "replay.h"
#include "slots.h"

enum { EE_LONGEST_TEXT = 3072 /* of a Result */ };

/* Begin with all 0 but the slots. */
struct ee_session {
    struct ee_slots slots;
    const struct ee_recording *recording; /* of the current slot; NULL until it is loaded */
    const struct ee_recorded_point *point;
    uint8_t deepest;

    struct ee_last_end last_end; /* how the run before this one ended, if it did badly */
    bool ended_badly;

    bool greeted;
    uint32_t host;   /* the number that the host has drawn */
    uint16_t number; /* of the next frame */

    struct ee_run run; /* the utterance whose sound comes; `samples` is 0 if there is none */
    uint32_t heard;    /* samples of it */
    uint32_t utterances;
    struct ee_result result; /* the last, which is said again rather than run again */
    bool has_result;

    uint32_t interval_ms, due_ms; /* of telemetry; 0 for none */

    struct ee_replay replay;
    char text[EE_LONGEST_TEXT];
    uint8_t frame[EE_FRAME_ROOM];
};

/* Says Hello, and how the last run ended if it did not by itself. */
void ee_session_begin(struct ee_session *session);

/* Answers a frame. */
void ee_session_answer(struct ee_session *session, const struct ee_frame *frame);

/* Forgets what is loaded. */
void ee_session_unload(struct ee_session *session);

struct ee_text ee_text_field(const char *text);
void ee_send(struct ee_session *session, uint8_t type, const void *message);
void ee_acknowledge(struct ee_session *session, const struct ee_frame *frame);
void ee_refuse(struct ee_session *session, const struct ee_frame *frame, const char *kind,
               const char *what);

/* Load and SetPoint. */
void ee_answer_load(struct ee_session *session, const struct ee_frame *frame,
                    const struct ee_load *wanted);
void ee_answer_set_point(struct ee_session *session, const struct ee_frame *frame,
                         const struct ee_set_point *wanted);

/* Run and Sound. */
void ee_answer_run(struct ee_session *session, const struct ee_frame *frame,
                   const struct ee_run *run);
void ee_answer_sound(struct ee_session *session, const struct ee_frame *frame,
                     const struct ee_sound *sound);

/* ListFiles, Begin, Put, PutChunk, Verify, Switch and Rollback. */
void ee_answer_flashing(struct ee_session *session, const struct ee_frame *frame,
                        const union ee_message *message);

/* Watch; and telemetry, if it is due. */
void ee_answer_watch(struct ee_session *session, const struct ee_frame *frame,
                     const struct ee_watch *watch);
void ee_tell(struct ee_session *session);

#endif
