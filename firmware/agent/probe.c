#include "probe.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Seconds that an accelerator may take: some build programs for each operator at first. */
enum { PATIENCE_S = 120 };

/* A library that does not fit its device may end the process, or hang: so each has one. */
static void probe_apart(const char *bundle, const char *board,
                        const struct ee_runtime_options *options, FILE *out)
{
    char why[96];
    int status = 0;
    (void)fflush(out);
    const pid_t child = fork();
    if (child == 0) {
        (void)alarm(PATIENCE_S);
        ee_probe_one(bundle, board, options, out);
        (void)fflush(out);
        _exit(EXIT_SUCCESS);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        ee_probe_failed(options->accelerator, "no process can be started for it", out);
    } else if (WIFSIGNALED(status)) {
        (void)snprintf(why, sizeof why, "it ended its process (signal %d, %s)", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
        ee_probe_failed(options->accelerator, why, out);
    } else if (WEXITSTATUS(status) != EXIT_SUCCESS) {
        (void)snprintf(why, sizeof why, "it ended its process (status %d)", WEXITSTATUS(status));
        ee_probe_failed(options->accelerator, why, out);
    }
}

void ee_probe(const char *bundle, const char *board, const struct ee_runtime_options *options,
              FILE *out)
{
    struct ee_accelerator accelerators[EE_MOST_ACCELERATORS];
    struct ee_runtime_options one = *options;
    if (options->accelerator != NULL) {
        probe_apart(bundle, board, options, out);
        return;
    }
    const size_t count = ee_runtime_accelerators(options, accelerators);
    for (size_t at = 0; at < count; at++) {
        one.accelerator = accelerators[at].name;
        probe_apart(bundle, board, &one, out);
    }
}
