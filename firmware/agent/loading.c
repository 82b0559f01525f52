/* Load: the bundle that is to be run, from wherever the agent has it. */
#include "exchange.h"

#include <string.h>

/* Writes the names of the operating points, a line each. */
static void spell_points(const struct ee_bundle *bundle, char *points, size_t room)
{
    size_t size = 0;
    for (size_t at = 0; at < bundle->point_count; at++) {
        const char *name = bundle->points[at].name;
        if (size + 1 + strlen(name) < room) {
            size += at > 0 ? 1 : 0;
            memcpy(points + size, name, strlen(name));
            size += strlen(name);
            points[size] = '\n';
        }
    }
    points[size] = '\0';
}

/* Loads the bundle in place of the one that is loaded. NULL: it cannot be. */
static struct ee_work *load(struct ee_exchange *exchange, const char *board, const char *point)
{
    struct ee_session *session = exchange->session;
    char path[EE_SLOT_SIZE];
    const char *bundle;
    struct ee_hold hold;
    if (!ee_shelf_find(&session->shelf, path, &bundle, &hold, &exchange->error)) {
        return NULL;
    }
    struct ee_work *work = ee_work_begin(bundle, board, point, session->runtime, &exchange->error);
    if (work == NULL) {
        ee_hold_release(&hold);
        return NULL;
    }
    ee_session_unload(session);
    session->work = work;
    ee_shelf_loaded(&session->shelf, &hold);
    return work;
}

bool ee_answer_load(struct ee_exchange *exchange, const struct ee_load *wanted)
{
    char board[65], point[65], points[1025] = "";
    ee_copy_text(board, sizeof board, wanted->board);
    ee_copy_text(point, sizeof point, wanted->point);
    const struct ee_work *work =
        load(exchange, *board != '\0' ? board : exchange->session->board->name, point);
    if (work == NULL) {
        return ee_refuse(exchange);
    }
    const struct ee_bundle *bundle = &work->bundle;
    spell_points(bundle, points, sizeof points);
    const struct ee_loaded loaded = {
        .identity = bundle->identity,
        .exits = {bundle->exits, (uint16_t)bundle->exit_count},
        .points = ee_text_field(points, 1024),
        .point = ee_text_field(work->point, 64),
    };
    return exchange->outlet->send(exchange->outlet->context, EE_LOADED, &loaded);
}
