/* Load and SetPoint: the recording of the bundle that is to be run, and its operating points. */
#include "session.h"

#include <string.h>

enum { POINTS = 1024 /* bytes of their names in Loaded */ };

static const char recorded[] = "recording.bin";

void ee_session_unload(struct ee_session *session)
{
    session->recording = NULL;
    session->point = NULL;
    session->run = (struct ee_run){0};
    session->has_result = false;
}

static const struct ee_recorded_point *point_named(const struct ee_recording *recording,
                                                   struct ee_text name)
{
    const struct ee_recorded_point *points = ee_recorded_points(recording);
    for (uint32_t at = 0; at < recording->point_count; at++) {
        if (name.size == 0 || (strlen(points[at].name) == name.size &&
                               memcmp(points[at].name, name.bytes, name.size) == 0)) {
            return &points[at];
        }
    }
    return NULL;
}

static void say_loaded(struct ee_session *session, const uint8_t *identity)
{
    const struct ee_recording *recording = session->recording;
    char points[POINTS];
    size_t size = 0;
    for (uint32_t at = 0; at < recording->point_count; at++) {
        const char *name = ee_recorded_points(recording)[at].name;
        if (size + 1 + strlen(name) <= sizeof points) {
            points[size] = '\n';
            size += at > 0;
            memcpy(points + size, name, strlen(name));
            size += strlen(name);
        }
    }
    const struct ee_loaded loaded = {
        .identity = identity,
        .exits = {recording->exits, (uint16_t)recording->exit_count},
        .points = {points, (uint16_t)size},
        .point = ee_text_field(session->point->name),
    };
    ee_send(session, EE_LOADED, &loaded);
}

/* Loads the current slot's bundle: checks all of it, and finds the recording in it. */
static const char *load(struct ee_session *session, struct ee_text point, uint8_t *identity)
{
    const struct ee_image *image = ee_slots_image(&session->slots, EE_CURRENT, identity);
    if (image == NULL) {
        return "no bundle has been flashed yet";
    }
    const char *wrong = ee_slots_check(&session->slots, image, identity);
    if (wrong != NULL) {
        return wrong;
    }
    size_t size;
    const uint8_t *bytes = ee_image_file(image, recorded, &size);
    const struct ee_recording *recording = bytes != NULL ? ee_recording_in(bytes, size) : NULL;
    if (recording == NULL) {
        return "this board computes no blocks: the bundle needs a recording.bin that fits it";
    }
    if (point_named(recording, point) == NULL) {
        return "there is no such operating point";
    }
    ee_session_unload(session);
    session->recording = recording;
    session->point = point_named(recording, point);
    session->deepest = 0;
    return NULL;
}

void ee_answer_load(struct ee_session *session, const struct ee_frame *frame,
                    const struct ee_load *wanted)
{
    uint8_t identity[EE_SHA256_SIZE];
    const char *wrong = load(session, wanted->point, identity);
    if (wrong != NULL) {
        ee_refuse(session, frame, "BundleError", wrong);
        return;
    }
    say_loaded(session, identity);
}

void ee_answer_set_point(struct ee_session *session, const struct ee_frame *frame,
                         const struct ee_set_point *wanted)
{
    const struct ee_recording *recording = session->recording;
    const struct ee_recorded_point *point =
        recording != NULL ? point_named(recording, wanted->point) : NULL;
    if (point == NULL || (wanted->deepest > 0 && wanted->deepest < recording->exits[0])) {
        ee_refuse(session, frame, "UsageError",
                  "there is no such operating point, or no exit that shallow");
        return;
    }
    session->point = point;
    session->deepest = wanted->deepest;
    ee_acknowledge(session, frame);
}
