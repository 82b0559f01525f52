/* The state in which a library leaves the vector registers. */
#ifndef EE_VECTORS_H
#define EE_VECTORS_H

/* Clears the upper halves of x86's vector registers. While they are in use, and some kernels of
 * XNNPACK for AVX-512 leave them so, code for SSE, such as ours, takes 2.5 times as long. */
void ee_clear_vectors(void);

#endif
