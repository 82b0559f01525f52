/* What went wrong, in words for the host: the `kind` is one of Python's errors. */
#ifndef EE_ERROR_H
#define EE_ERROR_H

#include <stdbool.h>

struct ee_error {
    const char *kind;
    char what[768];
    const char *tries; /* things to try, a line each */
};

#if defined(__GNUC__)
#define EE_FORMAT(at) __attribute__((format(printf, at, (at) + 1)))
#else
#define EE_FORMAT(at)
#endif

/* Says what went wrong; returns false. */
bool ee_fail(struct ee_error *error, const char *kind, const char *tries, const char *format, ...)
    EE_FORMAT(4);

#endif
