#include "tflite_watch.h"

#include <string.h>

/* BuiltinOperator_DELEGATE of the schema: what a delegate leaves in place of what it took. */
enum { TAKEN = 51 };

/* kTfLiteDelegateFlagsAllowDynamicTensors: it looks at models of any kind. */
enum { ANY_MODEL = 1 };

/* `TfLiteIntArray`. */
struct plan {
    int size;
    int nodes[];
};

/* The beginning of `TfLiteRegistration`, which holds an operator's code behind five functions. */
struct registration {
    void (*functions[5])(void);
    int32_t code;
};

/* The beginning of `TfLiteContext`. */
struct context {
    size_t tensor_count;
    int (*get_plan)(struct context *context, struct plan **plan);
    void *tensors, *implementation;
    void (*unused[3])(void);
    int (*get_node)(struct context *context, int node, void **found,
                    struct registration **registration);
};

static int count(void *shown, struct tflite_delegate *delegate)
{
    struct context *context = shown;
    struct tflite_watch *watch = delegate->data;
    struct plan *plan = NULL;
    if (context->get_plan(context, &plan) != 0) {
        return 0;
    }
    for (int at = 0; at < plan->size; at++) {
        void *node = NULL;
        struct registration *registration = NULL;
        if (context->get_node(context, plan->nodes[at], &node, &registration) == 0) {
            watch->operators += registration->code != TAKEN;
        }
    }
    return 0;
}

void ee_tflite_watch_begin(struct tflite_watch *watch)
{
    memset(watch, 0, sizeof *watch);
    watch->delegate.data = watch;
    watch->delegate.prepare = count;
    watch->delegate.flags = ANY_MODEL;
}
