/* What an accelerator is worth: a block is run on it and on the CPU, and compared. */
#ifndef EE_PROBE_H
#define EE_PROBE_H

#include "runtime.h"

#include <stdio.h>

/* Probes the accelerator of the options, or all that the runtime could have, each in a process of
 * its own, and writes a line of JSON for each. `bundle` is a folder. */
void ee_probe(const char *bundle, const char *board, const struct ee_runtime_options *options,
              FILE *out);

/* Writes the line of the accelerator of the options. */
void ee_probe_one(const char *bundle, const char *board,
                  const struct ee_runtime_options *options, FILE *out);

/* Writes the line of one of which there is nothing but a reason. */
void ee_probe_failed(const char *accelerator, const char *why, FILE *out);

#endif
