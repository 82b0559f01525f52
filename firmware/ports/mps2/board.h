/* The board: its clock, its UART, its watchdog, and how it starts anew. */
#ifndef EE_MPS2_BOARD_H
#define EE_MPS2_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory that keeps its content over a reset, and that no start clears. */
#define EE_KEPT __attribute__((section(".kept"), aligned(8)))

enum ee_end { EE_BY_FAULT = 1, EE_BY_WATCHDOG };

/* How the last run ended, if it did not by itself: the status register, and where it was. */
struct ee_last_end {
    uint32_t magic, end, status, address;
};

/* Returns milliseconds since the start. */
uint32_t ee_milliseconds(void);

/* Returns a number that is another after each start, and how often there was one. */
uint32_t ee_starts(void);

/* Tells whether the last run ended by a fault or the watchdog, once, and how. */
bool ee_take_last_end(struct ee_last_end *last);

/* Resets the processor. */
void ee_restart(void);

/* Starts the watchdog: it ends the run when it is not fed for a second. */
void ee_watchdog_begin(void);
void ee_watchdog_feed(void);

void ee_uart_begin(void);
void ee_uart_handler(void);

/* Rests until a byte comes, or the next millisecond. */
void ee_uart_wait(void);

/* Returns a byte that has come, or -1. */
int ee_uart_read(void);
void ee_uart_write(const uint8_t *bytes, size_t size);

#endif
