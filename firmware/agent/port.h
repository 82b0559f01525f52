/* A serial port. */
#ifndef EE_PORT_H
#define EE_PORT_H

#include <stdbool.h>
#include <termios.h>

/* Finds the speed of a rate, such as "115200". False: there is no such rate. */
bool ee_speed_of(const char *rate, speed_t *speed);

/* Opens a port that passes bytes on as they are; -1 where it cannot be, and `errno` says why. */
int ee_port_open(const char *path, speed_t speed);

#endif
