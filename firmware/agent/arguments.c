#include "arguments.h"

#include <stdlib.h>
#include <string.h>

long ee_argument_order(const char *name)
{
    const size_t size = strlen(name);
    size_t digits = size;
    while (digits > 0 && name[digits - 1] >= '0' && name[digits - 1] <= '9') {
        digits--;
    }
    return (strstr(name, "mask") != NULL ? 1000000L : 0L) + strtol(name + digits, NULL, 10);
}

void ee_argument_places(const long orders[], size_t count, size_t places[])
{
    for (size_t at = 0; at < count; at++) {
        places[at] = 0;
        for (size_t other = 0; other < count; other++) {
            places[at] += orders[other] < orders[at] || (orders[other] == orders[at] && other < at);
        }
    }
}
