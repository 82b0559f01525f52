/* One accelerator is probed, in the process that `probe.c` made for it. */
#include "bundle.h"
#include "clock.h"
#include "compiled.h"
#include "probe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REPEATS = 20 };

/* Less than this, and an accelerator computes something else: int8 alone costs a block some 28 to
 * 30 dB against float (docs/coral.md), and here both sides have the same int8. */
static const double least_db = 30.0;

/* What a block takes, and puts out. */
struct tried {
    char file[EE_NAME_SIZE];
    float *output;
    size_t size;
    double first_s, median_s;
    size_t operators, accelerated;
    bool whole;
};

/* What nobody has counted was not used if it is the CPU's to the bit: who computes elsewhere rounds
 * otherwise. */
static const char *verdict(const struct tried *tried, double difference, double sqnr_db)
{
    if (tried->operators > 0 ? tried->accelerated == 0 : !tried->whole && difference == 0.0) {
        return "not used";
    }
    return sqnr_db >= least_db ? "works" : "differs";
}

/* Writes numbers that are spread evenly around 0, with a mean square of 1. */
static void fill(float *values, size_t count)
{
    uint32_t state = 1;
    for (size_t at = 0; at < count; at++) {
        state = state * 1664525u + 1013904223u; /* Numerical Recipes, ch. 7 */
        values[at] = ((float)(state >> 8) / 8388608.0f - 1.0f) * 1.7320508f;
    }
}

static int ascending(const void *one, const void *other)
{
    const double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static bool measure(struct ee_runtime *runtime, struct ee_part *part, struct tried *tried,
                    struct ee_error *error)
{
    const size_t most = part->input_sizes[0];
    float *frames = calloc(most, sizeof *frames);
    float *mask = calloc(part->input_sizes[1] + 1, sizeof *mask);
    const float *const inputs[] = {frames, mask};
    double times[REPEATS];
    tried->size = part->output_size;
    tried->output = calloc(tried->size, sizeof *tried->output);
    bool done = (frames != NULL && mask != NULL && tried->output != NULL) ||
                ee_fail(error, "InterpreterError", NULL, "there is no memory for it");
    if (done) {
        fill(frames, most);
        for (size_t at = 0; at < part->input_sizes[1]; at++) {
            mask[at] = 1.0f;
        }
        const double begin = ee_seconds();
        done = runtime->run(part, inputs, tried->output, error);
        tried->first_s = ee_seconds() - begin;
    }
    for (size_t at = 0; at < REPEATS && done; at++) {
        const double begin = ee_seconds();
        done = runtime->run(part, inputs, tried->output, error);
        times[at] = ee_seconds() - begin;
    }
    if (done) {
        qsort(times, REPEATS, sizeof *times, ascending);
        tried->median_s = (times[REPEATS / 2 - 1] + times[REPEATS / 2]) / 2;
    }
    free(frames);
    free(mask);
    return done;
}

/* Runs the bundle's first block, at the length in the middle of its lengths. */
static bool try_on(const struct ee_bundle *bundle, const struct ee_runtime_options *options,
                   struct tried *tried, struct ee_error *error)
{
    struct ee_runtime *runtime = ee_runtime_open(options, error);
    struct ee_mapping file = {0};
    struct ee_part *part = NULL;
    const uint32_t frames = bundle->buckets[bundle->bucket_count / 2];
    char length[16];
    bool done = false;
    (void)snprintf(length, sizeof length, "t%lu", (unsigned long)frames);
    if (runtime != NULL &&
        ee_compiled_name(bundle, options->accelerator, bundle->blocks[0], frames, tried->file,
                         error) &&
        ee_map_file(&file, bundle->path, tried->file, error)) {
        part = runtime->load(runtime, file.bytes, file.size, length, error);
    }
    if (part != NULL) {
        tried->operators = part->operators;
        tried->accelerated = part->accelerated;
        tried->whole = runtime->is_whole(part);
        done = measure(runtime, part, tried, error);
        runtime->release(part);
    }
    ee_unmap_file(&file);
    if (runtime != NULL) {
        runtime->close(runtime);
    }
    return done;
}

/* Writes how far two outputs are from each other: the largest difference, and signal over noise in
 * dB, 200 where there is no noise. What is no number makes it 0 dB. */
static void compare(const struct tried *cpu, const struct tried *other, double *difference,
                    double *sqnr_db)
{
    double noise = 0.0, signal = 0.0;
    *difference = 0.0;
    for (size_t at = 0; at < cpu->size; at++) {
        const double expected = (double)cpu->output[at];
        const double off = (double)other->output[at] - expected;
        *difference = fabs(off) > *difference ? fabs(off) : *difference;
        noise += off * off;
        signal += expected * expected;
    }
    const double found = noise > 0.0 ? 10 * log10(signal / noise) : 200.0;
    *sqnr_db = isfinite(noise) && isfinite(found) ? fmin(200.0, found) : 0.0;
}

static void write_text(const char *text, FILE *out)
{
    (void)fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            (void)fputc('\\', out);
        }
        (void)fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
    }
    (void)fputc('"', out);
}

void ee_probe_failed(const char *accelerator, const char *why, FILE *out)
{
    (void)fputs("{\"accelerator\": ", out);
    write_text(accelerator, out);
    (void)fputs(", \"verdict\": \"failed\", \"failure\": ", out);
    write_text(why, out);
    (void)fputs("}\n", out);
}

static void write_line(const struct ee_bundle *bundle, const char *accelerator,
                       const struct tried *cpu, const struct tried *other, FILE *out)
{
    double difference, sqnr_db;
    compare(cpu, other, &difference, &sqnr_db);
    (void)fputs("{\"accelerator\": ", out);
    write_text(accelerator, out);
    (void)fprintf(out, ", \"verdict\": \"%s\", \"file\": ", verdict(other, difference, sqnr_db));
    write_text(other->file, out);
    (void)fprintf(out,
                  ", \"frames\": %lu, \"cpu_s\": %.7f, \"accelerator_s\": %.7f, \"first_s\": %.7f, "
                  "\"sqnr_db\": %.1f",
                  (unsigned long)bundle->buckets[bundle->bucket_count / 2], cpu->median_s,
                  other->median_s, other->first_s, sqnr_db);
    if (isfinite(difference)) {
        (void)fprintf(out, ", \"difference\": %.6g", difference);
    }
    (void)fprintf(out, ", \"whole\": %s, \"operators\": %zu, \"accelerated\": %zu}\n",
                  other->whole ? "true" : "false", other->operators, other->accelerated);
}

static bool probe(const struct ee_bundle *bundle, const struct ee_runtime_options *options,
                  FILE *out, struct ee_error *error)
{
    struct tried cpu = {0}, other = {0};
    struct ee_runtime_options plain = *options;
    plain.accelerator = "cpu";
    const bool done =
        try_on(bundle, &plain, &cpu, error) && try_on(bundle, options, &other, error) &&
        (cpu.size == other.size || ee_fail(error, "InterpreterError", NULL, "sizes differ"));
    if (done) {
        write_line(bundle, options->accelerator, &cpu, &other, out);
    }
    free(cpu.output);
    free(other.output);
    return done;
}

void ee_probe_one(const char *path, const char *board, const struct ee_runtime_options *options,
                  FILE *out)
{
    struct ee_error error = {.what = "there is no memory for it"};
    struct ee_bundle *bundle = calloc(1, sizeof *bundle);
    bool done = false;
    if (bundle != NULL && ee_bundle_open(bundle, path, board, true, &error)) {
        done = probe(bundle, options, out, &error);
        ee_bundle_close(bundle);
    }
    if (!done) {
        ee_probe_failed(options->accelerator, error.what, out);
    }
    free(bundle);
}
