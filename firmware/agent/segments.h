/* Long sound -> pieces that the encoder takes, cut where nobody speaks: `edge/segments.py`. */
#ifndef EE_SEGMENTS_H
#define EE_SEGMENTS_H

#include <stddef.h>

/* Returns how many of the samples are the next piece, which is no longer than `longest`. */
size_t ee_next_piece(const float *samples, size_t count, size_t longest, unsigned sample_rate);

#endif
