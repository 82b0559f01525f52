#include "error.h"

#include <stdarg.h>
#include <stdio.h>

bool ee_fail(struct ee_error *error, const char *kind, const char *tries, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error->what, sizeof error->what, format, arguments);
    va_end(arguments);
    error->kind = kind;
    error->tries = tries;
    return false;
}
