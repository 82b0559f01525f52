/* Brings a `.tflite` file's weights to where every reader looks for them.
 *
 * A converter may put large buffers behind the FlatBuffer, each with an offset and a size
 * (`Buffer.offset` of the schema). TFLite's C API opens such a file, and then says of a weight that
 * it "lacks data" (2.17). */
#ifndef EE_INLINE_BUFFERS_H
#define EE_INLINE_BUFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes a copy that has all within the FlatBuffer, to be freed; NULL where nothing is outside.
 * False: what is outside is not all there, or there is no memory. */
bool ee_inline_buffers(uint8_t *model, size_t size, uint8_t **inlined, size_t *inlined_size);

#endif
