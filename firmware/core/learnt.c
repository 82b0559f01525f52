#include "learnt.h"

#include <math.h>

/* Brings a sign to its scale; outside of the range it is taken for the range's end. */
static double transformed(const struct ee_sign *sign, double value)
{
    const double least = value < 0 ? 0.0 : value;
    const double share = least > 1 ? 1.0 : least;
    switch (sign->transform) {
    case EE_LOG_OF:
        return log(least + sign->floor);
    case EE_LOGIT_OF:
        return log((share + sign->floor) / (1 - share + sign->floor));
    default:
        return value;
    }
}

/* What calibration has hardly seen must not decide alone. */
static double within_reach(double value)
{
    return value > EE_REACH ? EE_REACH : value < -EE_REACH ? -EE_REACH : value;
}

static double regret(const struct ee_policy *policy, const struct ee_exit_weights *weights,
                     const struct ee_reading *now, const struct ee_reading *before)
{
    const size_t signs = policy->sign_count;
    double total = weights->bias;
    for (size_t at = 0; at < signs; at++) {
        const struct ee_sign *sign = &policy->signs[at];
        const double value = now->values[sign->score];
        const double last_value = before->values[sign->score];
        if (isnan(value) || isnan(last_value)) {
            return (double)NAN;
        }
        const double here = transformed(sign, value);
        const double last = transformed(sign, last_value);
        const double place = within_reach((here - weights->mean[at]) / weights->scale[at]);
        const double change = within_reach((here - last - weights->mean[signs + at]) /
                                           weights->scale[signs + at]);
        total += (weights->linear[at] + weights->square[at] * place) * place +
                 weights->linear[signs + at] * change;
    }
    return total;
}

enum ee_decision ee_decide_learnt(const struct ee_policy *policy, const struct ee_reading *reading)
{
    for (size_t at = 0; at < policy->weight_count; at++) {
        if (policy->weights[at].exit != reading->exit) {
            continue;
        }
        const struct ee_reading *before = reading->previous ? reading->previous : reading;
        const double costs = regret(policy, &policy->weights[at], reading, before);
        if (isnan(costs)) {
            return EE_BROKEN;
        }
        return costs <= 0 ? EE_LEAVE : EE_GO_ON;
    }
    return EE_GO_ON;
}
