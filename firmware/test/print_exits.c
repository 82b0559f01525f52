/* For tests: runs a bundle's encoder over features from standard input, through all its exits, and
 * writes the log-probabilities of each, f32[frames][vocabulary], to standard output. */
#include "encoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ee_bundle bundle;
static struct ee_encoder encoder;

static int fail(const struct ee_error *error)
{
    (void)fprintf(stderr, "%s\n", error->what);
    return 1;
}

/* Reads all of standard input, at most `room` numbers; returns how many. */
static size_t read_numbers(float *numbers, size_t room)
{
    return fread(numbers, sizeof *numbers, room, stdin);
}

static int run(size_t frames, struct ee_error *error)
{
    if (!ee_encoder_start(&encoder, frames, error)) {
        return fail(error);
    }
    for (size_t exit = 0; exit < bundle.exit_count; exit++) {
        struct ee_posteriors posteriors;
        if (!ee_encoder_advance(&encoder, error) ||
            !ee_encoder_read(&encoder, &posteriors, error)) {
            return fail(error);
        }
        (void)fwrite(posteriors.log_probs, sizeof(float), posteriors.frames * posteriors.symbols,
                     stdout);
    }
    return 0;
}

int main(int count, char **words)
{
    struct ee_error error;
    struct ee_runtime_options options = {.threads = 1};
    if (count < 3) {
        (void)fputs("usage: print-exits BUNDLE LIBRARY [--plain | ACCELERATOR] < FEATURES\n", stderr);
        return 2;
    }
    options.library = words[2];
    options.plain = count > 3 && strcmp(words[3], "--plain") == 0;
    options.accelerator = count > 3 && !options.plain ? words[3] : "cpu";
    struct ee_runtime *runtime = ee_runtime_open(&options, &error);
    if (runtime == NULL || !ee_bundle_open(&bundle, words[1], "host", true, &error) ||
        !ee_encoder_begin(&encoder, &bundle, runtime, &error)) {
        return fail(&error);
    }
    const size_t longest = ee_bundle_longest(&bundle, bundle.buckets[bundle.bucket_count - 1]);
    const size_t width = ee_bundle_width(&bundle);
    const size_t frames = read_numbers(encoder.features, longest * width) / width;
    const int status =
        ee_encoder_features(&encoder, frames, &error) != NULL ? run(frames, &error) : fail(&error);
    char placed[256];
    if (ee_runtime_tell(runtime, placed, sizeof placed)) {
        (void)fprintf(stderr, "%s\n", placed);
    }
    ee_encoder_end(&encoder);
    ee_bundle_close(&bundle);
    runtime->close(runtime);
    return status;
}
