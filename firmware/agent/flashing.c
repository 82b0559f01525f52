/* Answers to the messages by which a device is flashed. */
#include "exchange.h"

#include <string.h>

/* Lists a slot: Slot, then its Files. */
static bool answer_list(struct ee_exchange *exchange, struct ee_slots *slots, uint8_t number)
{
    struct ee_slot_files files;
    const struct ee_outlet *outlet = exchange->outlet;
    if (!ee_slots_list(slots, number, &files, &exchange->error)) {
        return ee_refuse(exchange);
    }
    const struct ee_slot slot = {
        .slot = number,
        .identity = files.identity,
        .files = files.count,
        .free_bytes = ee_free_bytes(slots->root),
    };
    bool sent = outlet->send(outlet->context, EE_SLOT, &slot);
    uint16_t index = 0;
    for (const struct ee_kept *kept = files.first; sent && kept; kept = kept->next) {
        const struct ee_file file = {
            .index = index++,
            .size = kept->size,
            .sha256 = kept->sha256,
            .path = ee_text_field(kept->path, EE_PATH_SIZE - 1),
        };
        sent = outlet->send(outlet->context, EE_FILE, &file);
    }
    ee_arena_free(&files.arena);
    return sent;
}

static bool begin(struct ee_exchange *exchange, const struct ee_begin *wanted)
{
    struct ee_shelf *shelf = &exchange->session->shelf;
    struct ee_announced announced = {.files = wanted->files, .size = wanted->size};
    bool stale;
    memcpy(announced.identity, wanted->identity, sizeof announced.identity);
    if (!ee_shelf_is_stale(shelf, &stale, &exchange->error)) {
        return false;
    }
    if (stale) { /* it may be written to: nobody runs it from here */
        ee_session_unload(exchange->session);
    }
    return ee_slots_begin(shelf->slots, &announced, &exchange->error);
}

static bool put(struct ee_exchange *exchange, struct ee_writing *writing,
                const struct ee_put *wanted)
{
    char path[EE_PATH_SIZE];
    ee_copy_text(path, sizeof path, wanted->path);
    return ee_writing_put(writing, path, wanted->size, wanted->sha256, &exchange->error);
}

/* Carries out what is written to a slot, once it was begun. */
static bool write_to(struct ee_exchange *exchange, struct ee_slots *slots, uint8_t type,
                     const union ee_message *message)
{
    struct ee_writing *writing = ee_slots_writing(slots, &exchange->error);
    const struct ee_put_chunk *chunk = &message->put_chunk_;
    if (writing == NULL) {
        return false;
    }
    switch (type) {
    case EE_PUT:
        return put(exchange, writing, &message->put_);
    case EE_PUT_CHUNK:
        return ee_writing_chunk(writing, chunk->first, chunk->data.bytes, chunk->data.size,
                                &exchange->error);
    default:
        return ee_writing_verify(writing, message->verify_.identity, &exchange->error);
    }
}

/* Makes another slot the current one: what was loaded of this one is not run any more. */
static bool change(struct ee_exchange *exchange, struct ee_slots *slots, uint8_t type,
                   const union ee_message *message)
{
    const bool done = type == EE_SWITCH
                          ? ee_slots_switch(slots, message->switch_.identity, &exchange->error)
                          : ee_slots_rollback(slots, &exchange->error);
    if (done) {
        ee_session_unload(exchange->session);
    }
    return done;
}

bool ee_answer_flashing(struct ee_exchange *exchange, uint8_t type,
                        const union ee_message *message)
{
    struct ee_slots *slots = exchange->session->shelf.slots;
    bool done;
    if (slots == NULL) {
        (void)ee_fail(&exchange->error, "UsageError", "start it with --slots FOLDER on the device",
                      "this agent cannot be flashed");
        return ee_refuse(exchange);
    }
    switch (type) {
    case EE_LIST_FILES:
        return answer_list(exchange, slots, message->list_files_.slot);
    case EE_BEGIN:
        done = begin(exchange, &message->begin_);
        break;
    case EE_SWITCH:
    case EE_ROLLBACK:
        done = change(exchange, slots, type, message);
        break;
    default:
        done = write_to(exchange, slots, type, message);
    }
    return done ? ee_acknowledge(exchange) : ee_refuse(exchange);
}
