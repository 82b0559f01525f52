#define _POSIX_C_SOURCE 200809L

#include "port.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *rate;
    speed_t speed;
} speeds[] = {{"9600", B9600},     {"19200", B19200},   {"38400", B38400},
              {"57600", B57600},   {"115200", B115200}, {"230400", B230400},
#ifdef B921600
              {"460800", B460800}, {"921600", B921600},
#endif
};

bool ee_speed_of(const char *text, speed_t *speed)
{
    for (size_t at = 0; at < sizeof speeds / sizeof *speeds; at++) {
        if (strcmp(speeds[at].rate, text) == 0) {
            *speed = speeds[at].speed;
            return true;
        }
    }
    return false;
}

/* Makes a terminal pass bytes on as they are (what cfmakeraw does, which is not POSIX). */
static bool make_raw(int port, speed_t speed)
{
    struct termios modes;
    if (tcgetattr(port, &modes) != 0) {
        return false;
    }
    modes.c_iflag &=
        ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    modes.c_oflag &= ~(tcflag_t)OPOST;
    modes.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    modes.c_cflag = (modes.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8 | CREAD | CLOCAL;
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
    return cfsetispeed(&modes, speed) == 0 && cfsetospeed(&modes, speed) == 0 &&
           tcsetattr(port, TCSANOW, &modes) == 0;
}

int ee_port_open(const char *path, speed_t speed)
{
    const int port = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (port >= 0 && !make_raw(port, speed)) {
        (void)close(port);
        return -1;
    }
    return port;
}
