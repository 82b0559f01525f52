/* Answers to a host's messages: each command has one, whatever goes wrong. */
#ifndef EE_SESSION_H
#define EE_SESSION_H

#include "message.h"
#include "shelf.h"
#include "state.h"
#include "work.h"

/* Where answers go. False: the link broke. */
struct ee_outlet {
    void *context;
    bool (*send)(void *context, uint8_t type, const void *message);
};

/* What one program on the device knows; it outlives a link that breaks. Begin with all 0 but the
 * first five. */
struct ee_session {
    struct ee_shelf shelf; /* where its bundle is */
    const struct ee_board *board;
    const char *root; /* where its state is read */
    struct ee_runtime *runtime;
    uint32_t number; /* drawn at its start, so that the host sees a restart */

    bool greeted;
    uint32_t host;
    struct ee_work *work;
    uint32_t interval_ms; /* of telemetry; 0 for none */

    struct ee_run run; /* the utterance whose sound comes; `samples` is 0 if there is none */
    int16_t *sound;
    size_t heard, room; /* samples */
};

/* Says Hello, which begins every connection. */
bool ee_session_hello(const struct ee_session *session, const struct ee_outlet *outlet);

/* Answers a frame. */
bool ee_session_answer(struct ee_session *session, const struct ee_frame *frame,
                       const struct ee_outlet *outlet);

/* Sends the state of now. */
bool ee_session_telemetry(const struct ee_session *session, const struct ee_outlet *outlet);

/* Ends what is loaded. */
void ee_session_unload(struct ee_session *session);

void ee_session_end(struct ee_session *session);

#endif
