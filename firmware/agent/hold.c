#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

bool ee_hold_take(struct ee_hold *hold, const char *root, char slot, bool shared,
                  struct ee_error *error)
{
    char folder[4096];
    (void)snprintf(folder, sizeof folder, "%s/%c", root, slot);
    const int handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0) {
        return ee_fail(error, "SlotError", NULL, "the slots cannot be read: %s", strerror(errno));
    }
    if (flock(handle, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
        (void)close(handle);
        return ee_fail(error, "SlotError",
                       "stop the agent that runs the bundle before the current one\n"
                       "wait until the other flashing is done",
                       "%s: another program writes there, or runs what is there", folder);
    }
    *hold = (struct ee_hold){.held = true, .slot = slot, .handle = handle};
    return true;
}

void ee_hold_release(struct ee_hold *hold)
{
    if (hold->held) {
        (void)close(hold->handle);
        hold->held = false;
    }
}
