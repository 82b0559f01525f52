#include "arena.h"

#include <stdint.h>
#include <stdlib.h>

/* As long as a double or a pointer, so that what lies behind it is aligned for both. */
struct ee_arena_piece {
    struct ee_arena_piece *before;
    double alignment;
};

void *ee_arena_take(struct ee_arena *arena, size_t count, size_t size)
{
    if (size > 0 && count > (SIZE_MAX - sizeof(struct ee_arena_piece)) / size) {
        return NULL;
    }
    struct ee_arena_piece *piece = calloc(1, sizeof *piece + count * size);
    if (piece == NULL) {
        return NULL;
    }
    piece->before = arena->last;
    arena->last = piece;
    return piece + 1;
}

void ee_arena_free(struct ee_arena *arena)
{
    while (arena->last != NULL) {
        struct ee_arena_piece *before = arena->last->before;
        free(arena->last);
        arena->last = before;
    }
}
