/* How many of a model's operators an accelerator has taken.
 *
 * The C API does not tell. A delegate is shown the model's plan, though, so one that takes nothing
 * is put before the accelerator's and another behind it, and both count. */
#ifndef EE_TFLITE_WATCH_H
#define EE_TFLITE_WATCH_H

#include <stddef.h>
#include <stdint.h>

/* `TfLiteDelegate` of tensorflow/lite/core/c/common.h, of which versions only ever grew. */
struct tflite_delegate {
    void *data;
    int (*prepare)(void *context, struct tflite_delegate *delegate);
    void (*copy_from)(void), (*copy_to)(void), (*free_handle)(void);
    int64_t flags;
    void *opaque;
};

/* Must stay where it is for as long as the interpreter does. */
struct tflite_watch {
    struct tflite_delegate delegate;
    size_t operators; /* those that no delegate has taken yet */
};

void ee_tflite_watch_begin(struct tflite_watch *watch);

#endif
