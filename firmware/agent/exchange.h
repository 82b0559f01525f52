/* One command of a host, and its answer. */
#ifndef EE_EXCHANGE_H
#define EE_EXCHANGE_H

#include "session.h"

struct ee_exchange {
    struct ee_session *session;
    const struct ee_outlet *outlet;
    uint16_t number; /* of the command */
    struct ee_error error;
};

/* Returns as much of a text as fits a field. */
struct ee_text ee_text_field(const char *text, size_t most);

/* Copies a message's text, with a 0 at its end. */
void ee_copy_text(char *copy, size_t room, struct ee_text text);

bool ee_acknowledge(const struct ee_exchange *exchange);
bool ee_refuse(const struct ee_exchange *exchange);

/* Says that no bundle is loaded; returns whether one is. */
bool ee_is_loaded(struct ee_exchange *exchange);

/* Forgets the utterance whose sound was coming. */
void ee_forget_run(struct ee_session *session);

bool ee_answer_load(struct ee_exchange *exchange, const struct ee_load *load);
bool ee_answer_run(struct ee_exchange *exchange, const struct ee_run *run);
bool ee_answer_sound(struct ee_exchange *exchange, const struct ee_sound *sound);

/* Answers ListFiles, Begin, Put, PutChunk, Verify, Switch and Rollback. */
bool ee_answer_flashing(struct ee_exchange *exchange, uint8_t type,
                        const union ee_message *message);

#endif
