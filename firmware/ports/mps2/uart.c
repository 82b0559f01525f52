/* UART 0 of Arm's CMSDK. */
#include "board.h"

struct uart {
    volatile uint32_t data, state, control, interrupt, divider;
};

#define UART ((struct uart *)(uintptr_t)0x40004000)

enum { SENDING_FULL = 1, RECEIVED = 2, ENABLE_BOTH = 3, CYCLES_PER_BIT = 217 /* 115200 baud */ };

void ee_uart_begin(void)
{
    UART->divider = CYCLES_PER_BIT;
    UART->control = ENABLE_BOTH;
}

int ee_uart_read(void)
{
    return UART->state & RECEIVED ? (int)(UART->data & 0xFF) : -1;
}

void ee_uart_write(const uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at < size; at++) {
        while (UART->state & SENDING_FULL) {
        }
        UART->data = bytes[at];
    }
}
