#include "policy.h"

#include "learnt.h"

#include <math.h>

void ee_exit_add(struct ee_exit_set *set, uint8_t exit)
{
    set->bits[exit / 32] |= (uint32_t)1 << exit % 32;
}

bool ee_exit_in(const struct ee_exit_set *set, uint8_t exit)
{
    return (set->bits[exit / 32] >> exit % 32 & 1) != 0;
}

bool ee_is_sure(uint8_t score, double value, double threshold)
{
    return ee_scores[score].lower_is_surer ? value <= threshold : value >= threshold;
}

bool ee_can_reach(uint8_t score, double threshold)
{
    const double surest = ee_scores[score].surest;
    return !isnan(threshold) && (isnan(surest) || ee_is_sure(score, surest, threshold));
}

static enum ee_decision leave_if(bool leaves)
{
    return leaves ? EE_LEAVE : EE_GO_ON;
}

static enum ee_decision by_threshold(const struct ee_policy *policy, double value)
{
    if (isnan(value)) {
        return EE_BROKEN;
    }
    return leave_if(ee_is_sure(policy->score, value, policy->threshold));
}

static enum ee_decision by_patience(const struct ee_policy *policy,
                                    const struct ee_reading *reading)
{
    if (isnan(reading->values[EE_EDIT_RATE])) {
        return EE_BROKEN;
    }
    size_t stable = 0;
    while (reading->previous != NULL && reading->values[EE_EDIT_RATE] <= policy->spread) {
        stable++;
        reading = reading->previous;
    }
    return leave_if(stable >= policy->length);
}

/* Goes back through the window from its newest exit to its oldest. */
static enum ee_decision by_window(const struct ee_policy *policy, const struct ee_reading *reading)
{
    const uint8_t score = policy->score;
    const double newest = reading->values[score];
    const enum ee_decision now = by_threshold(policy, newest);
    if (now != EE_GO_ON) {
        return now;
    }
    double lowest = newest, highest = newest, oldest = newest;
    bool on_side = ee_is_sure(score, newest, policy->side);
    bool ever_surer = true;
    for (size_t left = policy->length - 1u; left > 0; left--) {
        reading = reading->previous;
        if (reading == NULL) {
            return EE_GO_ON;
        }
        const double value = reading->values[score];
        if (isnan(value)) {
            return EE_BROKEN;
        }
        ever_surer = ever_surer && ee_is_sure(score, oldest, value);
        on_side = on_side && ee_is_sure(score, value, policy->side);
        lowest = value < lowest ? value : lowest;
        highest = value > highest ? value : highest;
        oldest = value;
    }
    switch (policy->kind) {
    case EE_WINDOW_SIDE:
        return leave_if(on_side);
    case EE_WINDOW_TREND:
        return leave_if(ever_surer && ee_is_sure(score, oldest, policy->side));
    default:
        return leave_if(on_side && highest - lowest <= policy->spread);
    }
}

enum ee_decision ee_decide(const struct ee_policy *policy, const struct ee_reading *reading)
{
    if (reading->exit >= policy->deepest) {
        return EE_LEAVE;
    }
    switch (policy->kind) {
    case EE_FIXED:
        return EE_GO_ON;
    case EE_PATIENCE:
        return by_patience(policy, reading);
    case EE_LEARNT:
        return ee_decide_learnt(policy, reading);
    default:
        break;
    }
    if (!ee_exit_in(&policy->exits, reading->exit)) {
        return EE_GO_ON;
    }
    if (policy->kind == EE_THRESHOLD) {
        return by_threshold(policy, reading->values[policy->score]);
    }
    return by_window(policy, reading);
}

ee_score_set ee_policy_scores(const struct ee_policy *policy)
{
    ee_score_set scores = EE_SET_OF(policy->score);
    for (size_t at = 0; at < policy->sign_count; at++) {
        scores |= EE_SET_OF(policy->signs[at].score);
    }
    return scores;
}

bool ee_policy_needs(const struct ee_policy *policy, uint8_t exit)
{
    if (exit >= policy->deepest || policy->kind == EE_PATIENCE) {
        return true;
    }
    if (policy->kind == EE_FIXED) {
        return false;
    }
    const bool compares = policy->kind != EE_THRESHOLD ||
                          (ee_policy_scores(policy) & ee_scores_comparing()) != 0;
    if (!compares) {
        return ee_exit_in(&policy->exits, exit);
    }
    for (unsigned later = exit; later < policy->deepest; later++) {
        if (ee_exit_in(&policy->exits, (uint8_t)later)) {
            return true;
        }
    }
    /* The last exit reports its score, which may compare it as well. */
    return (ee_policy_scores(policy) & ee_scores_comparing()) != 0;
}

bool ee_policy_cap(struct ee_policy *policy, uint8_t most, const uint8_t *exits, size_t count)
{
    uint8_t deepest = 0;
    for (size_t at = 0; at < count; at++) {
        if (exits[at] <= most && exits[at] > deepest) {
            deepest = exits[at];
        }
    }
    if (deepest == 0) {
        return false;
    }
    if (deepest < policy->deepest) {
        policy->deepest = deepest;
    }
    return true;
}
