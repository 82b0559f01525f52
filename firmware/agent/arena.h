/* Memory that is taken piece by piece, and given back together. */
#ifndef EE_ARENA_H
#define EE_ARENA_H

#include <stddef.h>

/* Begin with all 0. */
struct ee_arena {
    struct ee_arena_piece *last;
};

/* Returns `count` things of `size` bytes, all 0, or NULL if there is no memory. */
void *ee_arena_take(struct ee_arena *arena, size_t count, size_t size);
void ee_arena_free(struct ee_arena *arena);

#endif
