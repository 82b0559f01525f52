/* A real FFT of several signals side by side, which the compiler turns into vector instructions. */
#ifndef EE_FFT_H
#define EE_FFT_H

#include <stddef.h>

enum { EE_LANES = 4 };

/* Replaces signals [size][EE_LANES] by their power spectra [size / 2][EE_LANES], without the last
 * bin. `size` is a power of 2 from 8 on; `cosines` and `sines` are those of 2 pi k / size for k up
 * to size / 2. */
void ee_fft_power(double *signals, size_t size, const double *cosines, const double *sines);

#endif
