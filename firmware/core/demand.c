#include "demand.h"

#include <math.h>

void ee_demand_seen(struct ee_demand *demand, double share, double at)
{
    if (!demand->known) {
        *demand = (struct ee_demand){true, at, share, share, 0.0};
        return;
    }
    const double step = fmax(at - demand->at, 0.0);
    if (step == 0) {
        return;
    }
    demand->at = at;
    demand->seconds += step;
    demand->soon += fmin(step / fmin(EE_DEMAND_SOON, demand->seconds), 1.0) * (share - demand->soon);
    demand->lately +=
        fmin(step / fmin(EE_DEMAND_LATELY, demand->seconds), 1.0) * (share - demand->lately);
}

double ee_demand_high(const struct ee_demand *demand)
{
    return demand->lately > demand->soon ? demand->lately : demand->soon;
}
