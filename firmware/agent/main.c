/* The agent: serves a host over standard input and output, or over a serial port. */
#define _POSIX_C_SOURCE 200809L

#include "port.h"
#include "probe.h"
#include "serve.h"
#include "trust.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: eedge-agent [BUNDLE] [--slots FOLDER] [--board NAME] [--threads N]\n"
    "                   [--runtime LIBRARY] [--accelerator NAME] [--plain] [--root FOLDER]\n"
    "                   [--trust KEY] [--port TTY] [--baud RATE]\n"
    "\n"
    "Serves a host over standard input and output, or over a serial port, for ever. With --probe it\n"
    "runs a block on each accelerator that the runtime may have, or on the one that is named, and on\n"
    "the CPU, and writes a line of JSON for each.\n"
    "\n"
    "  --slots FOLDER     for what is flashed; in place of BUNDLE, once it has one\n"
    "  --board NAME       what this is (default: host)\n"
    "  --trust KEY        a public key: nothing is run that is not signed by it\n"
    "  --threads N        of the runtime (default: 1)\n"
    "  --runtime LIBRARY  libLiteRt.so, libtensorflowlite_c.so or libtensorflowlite_jni.so\n"
    "                     (default: where the system finds one)\n"
    "  --accelerator NAME where the blocks run (default: cpu); gpu or npu by LiteRT; nnapi,\n"
    "                     nnapi:NAME or delegate:LIBRARY,KEY=VALUE... by TFLite\n"
    "  --plain            the built-in kernels, without XNNPACK: slower\n"
    "  --root FOLDER      where heat and battery are read, beneath it (default: /)\n";

struct arguments {
    const char *bundle, *slots, *board, *trust, *root, *port;
    bool probes;
    speed_t speed;
    struct ee_runtime_options runtime;
};

static bool read_threads(const char *text, unsigned *threads)
{
    char *end;
    const unsigned long number = strtoul(text, &end, 10);
    *threads = (unsigned)number;
    return *text != '\0' && *end == '\0' && number >= 1 && number <= 64;
}

/* Takes an option and its value. */
static bool take_option(struct arguments *arguments, const char *name, const char *value)
{
    if (strcmp(name, "--board") == 0) {
        arguments->board = value;
    } else if (strcmp(name, "--slots") == 0) {
        arguments->slots = value;
    } else if (strcmp(name, "--trust") == 0) {
        arguments->trust = value;
    } else if (strcmp(name, "--root") == 0) {
        arguments->root = value;
    } else if (strcmp(name, "--port") == 0) {
        arguments->port = value;
    } else if (strcmp(name, "--runtime") == 0) {
        arguments->runtime.library = value;
    } else if (strcmp(name, "--accelerator") == 0) {
        arguments->runtime.accelerator = value;
    } else if (strcmp(name, "--threads") == 0) {
        return read_threads(value, &arguments->runtime.threads);
    } else if (strcmp(name, "--baud") == 0) {
        return ee_speed_of(value, &arguments->speed);
    } else {
        return false;
    }
    return true;
}

static bool read_arguments(struct arguments *arguments, int count, char **words)
{
    for (int at = 1; at < count; at++) {
        if (strcmp(words[at], "--plain") == 0) {
            arguments->runtime.plain = true;
        } else if (strcmp(words[at], "--probe") == 0) {
            arguments->probes = true;
        } else if (words[at][0] == '-') {
            if (at + 1 == count || !take_option(arguments, words[at], words[at + 1])) {
                return false;
            }
            at++;
        } else if (arguments->bundle == NULL) {
            arguments->bundle = words[at];
        } else {
            return false;
        }
    }
    return arguments->bundle != NULL || arguments->slots != NULL;
}

/* Draws a number at random. */
static uint32_t draw(void)
{
    uint32_t number = (uint32_t)getpid();
    const int source = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (source >= 0) {
        if (read(source, &number, sizeof number) < 0) {
            number = (uint32_t)getpid();
        }
        (void)close(source);
    }
    return number;
}

/* Keeps standard output for frames: what a library prints would stand between them. */
static bool serve_standard(struct ee_session *session)
{
    const int out = dup(STDOUT_FILENO);
    if (out < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        return false;
    }
    (void)ee_serve(session, STDIN_FILENO, out);
    return true;
}

/* Probes the accelerators with the bundle that is there; what a library prints goes elsewhere. */
static bool probe(const struct ee_session *session, const struct arguments *arguments,
                  struct ee_error *error)
{
    char path[EE_SLOT_SIZE];
    const char *bundle;
    struct ee_hold hold;
    const int out = dup(STDOUT_FILENO);
    FILE *lines = out >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 ? fdopen(out, "w") : NULL;
    if (lines == NULL) {
        return ee_fail(error, "UsageError", NULL, "there is nowhere to write to");
    }
    const bool found = ee_shelf_find(&session->shelf, path, &bundle, &hold, error);
    if (found) {
        ee_probe(bundle, arguments->board, &arguments->runtime, lines);
        ee_hold_release(&hold);
    }
    (void)fclose(lines);
    return found;
}

/* Serves a port for ever; one that is gone is looked for again. */
static void serve_port(struct ee_session *session, const struct arguments *arguments)
{
    for (;;) {
        const int port = ee_port_open(arguments->port, arguments->speed);
        if (port >= 0) {
            (void)ee_serve(session, port, port);
            ee_shelf_host_left(&session->shelf);
            (void)close(port);
        } else {
            (void)fprintf(stderr, "eedge-agent: %s: %s\n", arguments->port, strerror(errno));
        }
        (void)sleep(1);
    }
}

/* Opens where the agent's bundle is, and where it is flashed to. */
static bool open_shelf(struct ee_session *session, const struct arguments *arguments,
                         struct ee_error *error)
{
    session->shelf.bundle = arguments->bundle;
    if (arguments->trust != NULL) {
        session->shelf.trust = ee_trust_open(arguments->trust, error);
        if (session->shelf.trust == NULL) {
            return false;
        }
    }
    if (arguments->slots != NULL) {
        session->shelf.slots =
            ee_slots_open(arguments->slots, session->board, session->shelf.trust, error);
        if (session->shelf.slots == NULL) {
            return false;
        }
    }
    return true;
}

/* Does what is wanted, and ends only if that is done or cannot be. */
static bool work(struct ee_session *session, const struct arguments *arguments,
                 struct ee_error *error)
{
    if (!open_shelf(session, arguments, error)) {
        return false;
    }
    if (arguments->probes) {
        return probe(session, arguments, error);
    }
    session->runtime = ee_runtime_open(&arguments->runtime, error);
    if (session->runtime == NULL) {
        return false;
    }
    if (arguments->port != NULL) {
        serve_port(session, arguments);
    }
    return serve_standard(session) || ee_fail(error, "LinkError", NULL, "nobody is there");
}

static void close_session(struct ee_session *session)
{
    ee_session_end(session);
    if (session->shelf.slots != NULL) {
        ee_slots_close(session->shelf.slots);
    }
    ee_trust_close(session->shelf.trust);
    if (session->runtime != NULL) {
        session->runtime->close(session->runtime);
    }
}

int main(int count, char **words)
{
    struct arguments arguments = {
        .board = "host", .root = "/", .speed = B115200, .runtime = {.threads = 1}};
    if (!read_arguments(&arguments, count, words)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    struct ee_session session = {
        .board = ee_board_named(arguments.board),
        .root = arguments.root,
        .number = draw(),
    };
    struct ee_error error;
    if (session.board == NULL) {
        (void)fprintf(stderr, "eedge-agent: error: there is no board '%s'\n", arguments.board);
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    const bool done = work(&session, &arguments, &error);
    if (!done) {
        (void)fprintf(stderr, "eedge-agent: error: %s\n%s\n", error.what,
                      error.tries != NULL ? error.tries : "");
    }
    close_session(&session);
    return done ? 0 : 1;
}
