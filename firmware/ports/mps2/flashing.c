/* Answers to the messages by which the board is flashed. */
#include "session.h"

#include <string.h>

static const char kind[] = "SlotError";

/* Says what a slot has of a file; of one that is not whole, with `.part` behind its path. */
static void list_file(struct ee_session *session, const struct ee_image *image, uint16_t index)
{
    static const char part[] = ".part";
    const struct ee_stored *stored = &image->files[index];
    const size_t size = strlen(stored->path);
    uint8_t digest[EE_SHA256_SIZE];
    char path[EE_LONGEST_STORED + sizeof part];
    memcpy(path, stored->path, size + 1);
    if (stored->have < stored->size) {
        memcpy(path + size, part, sizeof part);
    }
    ee_image_digest(image, index, digest, session->slots.alive);
    const struct ee_file file = {
        .index = index, .size = stored->have, .sha256 = digest, .path = ee_text_field(path)};
    ee_send(session, EE_FILE, &file);
}

static void list(struct ee_session *session, const struct ee_frame *frame, uint8_t number)
{
    uint8_t identity[EE_SHA256_SIZE];
    if (number > EE_WRITTEN) {
        ee_refuse(session, frame, kind, "there is no such slot");
        return;
    }
    const struct ee_image *image = ee_slots_image(&session->slots, number, identity);
    const struct ee_image *written = ee_slots_written(&session->slots);
    const struct ee_slot slot = {
        .slot = number,
        .identity = identity,
        .files = image != NULL ? (uint16_t)image->count : 0,
        .free_bytes = ee_image_is_sound(written) ? ee_image_free(written) : EE_IMAGE_ROOM,
    };
    ee_send(session, EE_SLOT, &slot);
    for (uint16_t index = 0; index < slot.files; index++) {
        list_file(session, image, index);
    }
}

/* Carries out what is asked; returns what is wrong, or NULL. */
static const char *carry_out(struct ee_session *session, uint8_t type,
                             const union ee_message *message)
{
    struct ee_slots *slots = &session->slots;
    switch (type) {
    case EE_BEGIN:
        return ee_slots_begin(slots, &message->begin_);
    case EE_PUT:
        return ee_slots_put(slots, &message->put_);
    case EE_PUT_CHUNK:
        return ee_slots_chunk(slots, &message->put_chunk_);
    case EE_VERIFY:
        return ee_slots_verify(slots, message->verify_.identity);
    case EE_SWITCH:
        return ee_slots_switch(slots, message->switch_.identity);
    default:
        return ee_slots_rollback(slots);
    }
}

void ee_answer_flashing(struct ee_session *session, const struct ee_frame *frame,
                        const union ee_message *message)
{
    if (frame->type == EE_LIST_FILES) {
        list(session, frame, message->list_files_.slot);
        return;
    }
    const char *wrong = carry_out(session, frame->type, message);
    if (wrong != NULL) {
        ee_refuse(session, frame, kind, wrong);
        return;
    }
    if (frame->type == EE_SWITCH || frame->type == EE_ROLLBACK) {
        ee_session_unload(session); /* what was loaded is not run any more */
    }
    ee_acknowledge(session, frame);
}
