/* The board has one place for a bundle, which the SDK's program writes, not this one. */
#include "exchange.h"

bool ee_shelf_find(const struct ee_shelf *shelf, char path[EE_SLOT_SIZE], const char **bundle,
                   struct ee_hold *hold, struct ee_error *error)
{
    (void)path, (void)error;
    *hold = (struct ee_hold){.held = false};
    *bundle = shelf->bundle;
    return true;
}

void ee_shelf_loaded(struct ee_shelf *shelf, const struct ee_hold *hold)
{
    (void)shelf, (void)hold;
}

void ee_shelf_drop(struct ee_shelf *shelf)
{
    (void)shelf;
}

bool ee_shelf_host_came(struct ee_shelf *shelf, bool another)
{
    (void)shelf, (void)another;
    return true;
}

void ee_hold_release(struct ee_hold *hold)
{
    (void)hold;
}

bool ee_answer_flashing(struct ee_exchange *exchange, uint8_t type,
                        const union ee_message *message)
{
    (void)type, (void)message;
    (void)ee_fail(&exchange->error, "UsageError", "eedge flash BUNDLE --device micro",
                  "this board is flashed by its SDK's program");
    return ee_refuse(exchange);
}
