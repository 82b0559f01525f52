/* The watchdog of Arm's CMSDK: not fed in time, it raises an NMI; and as long again, a reset. */
#include "board.h"

struct watchdog {
    volatile uint32_t load, value, control, clear;
};

#define WATCHDOG ((struct watchdog *)(uintptr_t)0x40008000)

enum { CLOCK_HZ = 25000000, INTERRUPT_AND_RESET = 3 };

void ee_watchdog_begin(void)
{
    WATCHDOG->load = CLOCK_HZ;
    WATCHDOG->control = INTERRUPT_AND_RESET;
}

void ee_watchdog_feed(void)
{
    WATCHDOG->load = CLOCK_HZ;
}
