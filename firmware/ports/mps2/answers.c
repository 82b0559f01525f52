#include "board.h"
#include "message.h"
#include "session.h"

#include <string.h>

struct ee_text ee_text_field(const char *text)
{
    return (struct ee_text){text, (uint16_t)strlen(text)};
}

void ee_send(struct ee_session *session, uint8_t type, const void *message)
{
    size_t size;
    if (ee_encode(type, message, session->number, session->frame, sizeof session->frame, &size) ==
        EE_WIRE_OK) {
        session->number++;
        ee_uart_write(session->frame, size);
    }
}

void ee_acknowledge(struct ee_session *session, const struct ee_frame *frame)
{
    const struct ee_ack ack = {frame->number};
    ee_send(session, EE_ACK, &ack);
}

void ee_refuse(struct ee_session *session, const struct ee_frame *frame, const char *kind,
               const char *what)
{
    const struct ee_refused refused = {frame->number, ee_text_field(kind), ee_text_field(what),
                                       {"", 0}};
    ee_send(session, EE_REFUSED, &refused);
}
