/* The time. */
#ifndef EE_CLOCK_H
#define EE_CLOCK_H

/* Returns seconds of a clock that never goes back. */
double ee_seconds(void);

#endif
