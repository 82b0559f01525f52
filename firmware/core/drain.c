#include "drain.h"

#include <math.h>

void ee_drain_seen(struct ee_drain *drain, double percent, double at, double load, bool charging)
{
    if (charging) {
        *drain = (struct ee_drain){0};
        return;
    }
    if (!drain->unplugged || percent > drain->percent + 1) {
        *drain = (struct ee_drain){
            .unplugged = true, .since = at, .full = percent, .at = at, .percent = percent};
        return;
    }
    drain->computed += load * fmax(at - drain->at, 0.0);
    drain->at = at;
    if (percent >= drain->percent) {
        return;
    }
    drain->percent = percent;
    drain->last = (struct ee_gauge_edge){true, at, percent, drain->computed};
    if (!drain->first.known) {
        drain->first = drain->last;
    }
}

bool ee_drain_share(const struct ee_drain *drain, double load, double reserve, double lasts,
                    double *share)
{
    const struct ee_gauge_edge *first = &drain->first;
    const struct ee_gauge_edge *last = &drain->last;
    if (!drain->unplugged || !first->known || last->at <= first->at) {
        return false;
    }
    const double taken = last->at - first->at;
    const double rate = (first->percent - last->percent) / taken;
    const double then = (last->computed - first->computed) / taken;
    /* Until the gauge moves again it has lost something, but less than a step. */
    const double since = drain->at - last->at;
    const double now = since > 0 ? (drain->computed - last->computed) / since : then;
    const double lost = rate * since * (EE_BATTERY_IDLE + now) / (EE_BATTERY_IDLE + then);
    const double percent = last->percent - fmin(lost, 1.0);
    const double left =
        fmax(drain->since + lasts * drain->full / 100 - drain->at, EE_BATTERY_SOONEST);
    const double allowed = fmax(percent - reserve, 0.0) / left;
    *share = allowed > 0 ? rate * (EE_BATTERY_IDLE + load) / (EE_BATTERY_IDLE + then) / allowed
                         : (double)INFINITY;
    return true;
}
