#include "demand.h"

#include <math.h>

void ee_demand_seen(struct ee_demand *demand, double share, double at)
{
    if (!demand->known) {
        *demand = (struct ee_demand){true, at, share, share};
        return;
    }
    const double step = fmax(at - demand->at, 0.0);
    demand->at = at;
    demand->soon += fmin(step / EE_DEMAND_SOON, 1.0) * (share - demand->soon);
    demand->lately += fmin(step / EE_DEMAND_LATELY, 1.0) * (share - demand->lately);
}

double ee_demand_high(const struct ee_demand *demand)
{
    return demand->lately > demand->soon ? demand->lately : demand->soon;
}
