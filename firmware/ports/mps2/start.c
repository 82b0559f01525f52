/* From reset to main, and from what goes wrong to a reset that tells of it. */
#include "board.h"

#include <stddef.h>

extern uint32_t ee_data_start[], ee_data_end[], ee_data_from[], ee_bss_start[], ee_bss_end[];
extern uint32_t ee_stack_top[];

int main(void);
void ee_reset(void);

static volatile uint32_t ticks; /* milliseconds */

static struct ee_last_end last_end EE_KEPT;
static uint32_t starts EE_KEPT;

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define SYSTICK_CONTROL REGISTER(0xE000E010)
#define SYSTICK_RELOAD REGISTER(0xE000E014)
#define SYSTICK_CURRENT REGISTER(0xE000E018)
#define RESET_CONTROL REGISTER(0xE000ED0C)
#define FAULT_STATUS REGISTER(0xE000ED28)
#define COPROCESSORS REGISTER(0xE000ED88)

enum { CLOCK_HZ = 25000000, MAGIC = 0x45454641, STACKED_ADDRESS = 6 };

void ee_restart(void)
{
    RESET_CONTROL = 0x05FA0004;
    for (;;) {
    }
}

static void note_end(enum ee_end end, const uint32_t *stacked)
{
    last_end = (struct ee_last_end){MAGIC, end, FAULT_STATUS, stacked[STACKED_ADDRESS]};
}

static void end_by_fault(const uint32_t *stacked)
{
    note_end(EE_BY_FAULT, stacked);
    ee_restart();
}

/* Leaves the reset to the watchdog itself, which is on its way to it. */
static void end_by_watchdog(const uint32_t *stacked)
{
    note_end(EE_BY_WATCHDOG, stacked);
    for (;;) {
    }
}

/* An exception has put eight registers on the stack, of which the seventh is where it was. */
__attribute__((naked)) static void fault_handler(void)
{
    __asm volatile("mrs r0, msp\n b %0" : : "i"(end_by_fault));
}

__attribute__((naked)) static void watchdog_handler(void)
{
    __asm volatile("mrs r0, msp\n b %0" : : "i"(end_by_watchdog));
}

static void tick_handler(void)
{
    ticks++;
}

bool ee_take_last_end(struct ee_last_end *last)
{
    *last = last_end;
    last_end.magic = 0;
    return last->magic == MAGIC;
}

uint32_t ee_starts(void)
{
    return starts;
}

uint32_t ee_milliseconds(void)
{
    return ticks;
}

void ee_reset(void)
{
    COPROCESSORS |= 0xFu << 20; /* the FPU, before anything uses it */
    __asm volatile("dsb\n isb");
    for (size_t at = 0; ee_data_start + at < ee_data_end; at++) {
        ee_data_start[at] = ee_data_from[at];
    }
    for (uint32_t *word = ee_bss_start; word < ee_bss_end; word++) {
        *word = 0;
    }
    starts++;
    SYSTICK_RELOAD = CLOCK_HZ / 1000 - 1;
    SYSTICK_CURRENT = 0;
    SYSTICK_CONTROL = 7;
    (void)main();
    ee_restart();
}

typedef void (*handler)(void);

__attribute__((section(".vectors"), used)) static const handler vectors[17] = {
    (handler)(uintptr_t)ee_stack_top,
    ee_reset,
    watchdog_handler, /* NMI */
    fault_handler,    /* hard, memory, bus and usage faults */
    fault_handler,
    fault_handler,
    fault_handler,
    [11] = fault_handler,
    [14] = fault_handler,
    [15] = tick_handler,
    [16] = ee_uart_handler,
};
