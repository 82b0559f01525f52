/* The board: its clock, its UART, and how it starts anew. */
#ifndef EE_MPS2_BOARD_H
#define EE_MPS2_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a fault left behind: the status register, and where it was. */
struct ee_fault {
    uint32_t magic, status, address, link;
};

/* Returns milliseconds since the start. */
uint32_t ee_milliseconds(void);

/* Returns a number that is another after each start. */
uint32_t ee_starts(void);

/* Tells whether the last start was due to a fault, once, and to which. */
bool ee_take_fault(struct ee_fault *fault);

void ee_restart(void);

void ee_uart_begin(void);

/* Returns a byte that has come, or -1. */
int ee_uart_read(void);
void ee_uart_write(const uint8_t *bytes, size_t size);

#endif
