#include "price.h"

#include <math.h>

/* The WER that is lost for each unit of load saved. */
static double worth(const struct ee_rung *deeper, const struct ee_rung *other)
{
    return (other->wer - deeper->wer) / (deeper->load - other->load);
}

void ee_find_hull(struct ee_governor *governor)
{
    const struct ee_rung *rungs = governor->rungs;
    uint8_t *hull = governor->hull;
    size_t count = 0;
    for (size_t at = 0; at < governor->rung_count; at++) {
        while (count > 1 && worth(&rungs[hull[count - 2]], &rungs[hull[count - 1]]) >=
                                worth(&rungs[hull[count - 1]], &rungs[at])) {
            count--;
        }
        hull[count++] = (uint8_t)at;
    }
    governor->hull_count = count;
}

size_t ee_worth_running(const struct ee_governor *governor, const struct ee_heat *heat,
                        double demand, double aim)
{
    const struct ee_rung *rungs = governor->rungs;
    const uint8_t *hull = governor->hull;
    const size_t last = governor->hull_count - 1;
    double settled[EE_MOST_RUNGS];
    double holding = 0.0;
    for (size_t place = 0; place <= last; place++) {
        settled[place] = ee_heat_settled(heat, fmin(demand * rungs[hull[place]].load, 1.0));
        if (place > 0 && settled[place - 1] > aim) {
            holding = worth(&rungs[hull[place - 1]], &rungs[hull[place]]);
        }
    }
    for (size_t place = 0; place < last; place++) {
        const double way = settled[place] - heat->celsius;
        const double above = settled[place] - aim;
        /* exp(-rate times the time left) of a way that leads above: the share of it still to go. */
        double price = above > 0 && way > 0 ? holding * fmin(above / way, 1.0) : 0.0;
        if (above > 0 && way <= above) {
            price = holding;
        }
        if (price <= worth(&rungs[hull[place]], &rungs[hull[place + 1]])) {
            return hull[place];
        }
    }
    return hull[last];
}
