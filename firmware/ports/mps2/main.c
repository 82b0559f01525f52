/* Serves a host over the UART, and feeds the watchdog while it does. */
#include "board.h"
#include "receiver.h"
#include "session.h"

/* All memory that there is: it is lost at a reset, but for the slots. */
static struct ee_slot_memory slots EE_KEPT;
static struct ee_receiver receiver;
static struct ee_session session;

static void take_frame(void *context, const struct ee_frame *frame)
{
    ee_session_answer(context, frame);
}

int main(void)
{
    uint32_t fed = ee_milliseconds();
    ee_uart_begin();
    ee_watchdog_begin();
    session.slots = (struct ee_slots){&slots, "mps2-an500", ee_watchdog_feed, .last = -1};
    receiver.sink = (struct ee_sink){&session, take_frame, NULL};
    ee_session_begin(&session);
    for (;;) {
        const int byte = ee_uart_read();
        if (byte >= 0) {
            const uint8_t received = (uint8_t)byte;
            ee_receive(&receiver, &received, 1);
        } else {
            ee_uart_wait();
        }
        if (ee_milliseconds() != fed) {
            fed = ee_milliseconds();
            ee_watchdog_feed();
            ee_tell(&session);
        }
    }
}
