#include "work.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char kind[] = "UsageError";

/* Full depth, where nothing was calibrated. */
static struct ee_policy full_depth(const struct ee_bundle *bundle)
{
    return (struct ee_policy){.kind = EE_FIXED,
                              .score = EE_ENTROPY_NATS,
                              .deepest = bundle->exits[bundle->exit_count - 1]};
}

bool ee_work_set_point(struct ee_work *work, const char *name, uint8_t deepest,
                       struct ee_error *error)
{
    const struct ee_bundle *bundle = &work->bundle;
    const struct ee_point *point = ee_point_named(bundle, name);
    if (point == NULL && bundle->point_count > 0) {
        return ee_fail(error, kind, NULL, "there is no operating point '%.64s'", name);
    }
    if (point == NULL && *name != '\0') {
        return ee_fail(error, kind, "eedge calibrate, then flash it again",
                       "there is no operating point '%.64s': the bundle is not calibrated for "
                       "this board",
                       name);
    }
    if (point != NULL && point->missing != NULL) {
        return ee_fail(error, kind, "choose another operating point",
                       "operating point '%s' goes by %s, which this agent does not compute",
                       point->name, point->missing);
    }
    struct ee_policy policy = point != NULL ? point->policy : full_depth(bundle);
    if (deepest > 0 && !ee_policy_cap(&policy, deepest, bundle->exits, bundle->exit_count)) {
        return ee_fail(error, kind, NULL, "no exit comes after %d blocks or fewer", deepest);
    }
    work->recogniser.policy = policy;
    work->deepest = deepest;
    work->point[0] = '\0';
    if (point != NULL) {
        memcpy(work->point, point->name, sizeof work->point);
    }
    return true;
}

struct ee_work *ee_work_begin(const char *path, const char *board, const char *point,
                              struct ee_runtime *runtime, struct ee_error *error)
{
    struct ee_work *work = calloc(1, sizeof *work);
    if (work == NULL) {
        (void)ee_fail(error, kind, NULL, "there is no memory for the bundle");
        return NULL;
    }
    if (!ee_bundle_open(&work->bundle, path, board, true, error)) {
        free(work);
        return NULL;
    }
    if (!ee_recogniser_begin(&work->recogniser, &work->bundle, runtime, error)) {
        ee_bundle_close(&work->bundle);
        free(work);
        return NULL;
    }
    if (!ee_work_set_point(work, point, 0, error)) {
        ee_work_end(work);
        return NULL;
    }
    return work;
}

void ee_work_end(struct ee_work *work)
{
    ee_work_forget(work);
    ee_recogniser_end(&work->recogniser);
    ee_bundle_close(&work->bundle);
    free(work);
}

const struct ee_ran *ee_work_known(const struct ee_work *work, uint32_t utterance)
{
    for (size_t at = 0; at < EE_RESULTS_KEPT; at++) {
        if (work->results[at].known && work->results[at].utterance == utterance) {
            return &work->results[at];
        }
    }
    return NULL;
}

void ee_work_forget(struct ee_work *work)
{
    for (size_t at = 0; at < EE_RESULTS_KEPT; at++) {
        free(work->results[at].heard.text);
        work->results[at] = (struct ee_ran){0};
    }
}

const struct ee_ran *ee_work_run(struct ee_work *work, uint32_t utterance, const int16_t *samples,
                                 size_t count, struct ee_error *error)
{
    struct ee_ran ran = {.known = true, .utterance = utterance};
    if (!ee_recognise(&work->recogniser, samples, count, &ran.heard, error)) {
        return NULL;
    }
    memcpy(ran.point, work->point, sizeof ran.point);
    struct ee_ran *place = &work->results[work->kept];
    work->kept = (work->kept + 1) % EE_RESULTS_KEPT;
    free(place->heard.text);
    *place = ran;
    work->factors[work->utterances % EE_FACTORS_KEPT] = ran.heard.latency_s / ran.heard.duration_s;
    work->utterances++;
    return place;
}

double ee_work_factor(const struct ee_work *work)
{
    const size_t count = work->utterances < EE_FACTORS_KEPT ? work->utterances : EE_FACTORS_KEPT;
    double sum = 0.0;
    for (size_t at = 0; at < count; at++) {
        sum += work->factors[at];
    }
    return count > 0 ? sum / (double)count : (double)NAN;
}
