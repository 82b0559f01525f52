#include "governor.h"

#include "price.h"

#include <math.h>

/* How deep one of the reasons lets it go. */
struct wish {
    size_t rung;
    const char *why;
};

bool ee_governor_begin(struct ee_governor *governor, struct ee_past *past,
                       const struct ee_rung *rungs, size_t count, const struct ee_limits *limits)
{
    if (count == 0 || count > EE_MOST_RUNGS) {
        return false;
    }
    governor->rung_count = count;
    for (size_t at = 0; at < count; at++) {
        governor->rungs[at] = rungs[at];
    }
    governor->limits = *limits;
    ee_find_hull(governor);
    *past = (struct ee_past){.demand = {.soon = 1.0, .lately = 1.0}};
    ee_heat_begin(&past->heat);
    return true;
}

static size_t least_rung(const struct ee_governor *governor)
{
    return governor->rung_count - 1;
}

/* Tells whether a reading can be believed; no value of NaN is within a range. */
static bool is_fresh(const struct ee_governor *governor, const struct ee_sensed *reading,
                     double now, double least, double most)
{
    return reading->known && reading->value >= least && reading->value <= most &&
           now - reading->at <= governor->limits.stale;
}

/* Returns the share of the time spent computing; all of it where that is not known. */
static double busy_share(const struct ee_state *state)
{
    if (!state->busy_known || !isfinite(state->busy)) {
        return 1.0;
    }
    return fmin(fmax(state->busy, 0.0), 1.0);
}

/* Returns what share of the time a rung would compute, when there is much to do. */
static double high_load(const struct ee_governor *governor, const struct ee_past *past, size_t rung)
{
    return fmin(ee_demand_high(&past->demand) * governor->rungs[rung].load, 1.0);
}

static void remember(const struct ee_governor *governor, struct ee_past *past,
                     const struct ee_state *state, double now)
{
    const double busy = busy_share(state);
    if (past->decided) {
        const double load = governor->rungs[past->rung].load;
        ee_demand_seen(&past->demand, load > 0 ? busy / load : 1.0, now);
    }
    if (is_fresh(governor, &state->celsius, now, EE_COLDEST, EE_HOTTEST)) {
        ee_heat_seen(&past->heat, state->celsius.value, state->celsius.at, busy);
    }
    if (is_fresh(governor, &state->battery, now, 0, EE_MOST_PERCENT) &&
        state->charging != EE_CHARGING_UNKNOWN) {
        ee_drain_seen(&past->drain, state->battery.value, state->battery.at, busy,
                      state->charging == EE_CHARGING);
    }
}

static struct wish by_slowdown(const struct ee_governor *governor, const struct ee_past *past,
                               const struct ee_state *state, double now)
{
    const size_t least = least_rung(governor);
    const double slowed = governor->limits.slowed;
    if (!is_fresh(governor, &state->slowdown, now, 0, EE_MOST_SLOWDOWN)) {
        return (struct wish){least, "heat cannot be inferred"};
    }
    const size_t current = past->decided ? past->rung : 0;
    if (state->slowdown.value >= slowed) {
        return (struct wish){current < least ? current + 1 : least, "slow: heat is inferred"};
    }
    if (state->slowdown.value > (1 + slowed) / 2) {
        return (struct wish){current, "heat is inferred"};
    }
    return (struct wish){0, "as fast as when cool"};
}

/* The first rung below the current one that would stay below the ceiling for `soon`. */
static size_t first_that_fits(const struct ee_governor *governor, const struct ee_past *past,
                              double soon)
{
    const size_t least = least_rung(governor);
    for (size_t rung = past->rung + 1; rung < least; rung++) {
        const double load = high_load(governor, past, rung);
        if (ee_heat_expected(&past->heat, load, soon) <= governor->limits.ceiling) {
            return rung;
        }
    }
    return least;
}

static struct wish by_heat(const struct ee_governor *governor, const struct ee_past *past,
                           const struct ee_state *state, double now)
{
    if (!state->senses_heat) {
        return by_slowdown(governor, past, state, now);
    }
    const struct ee_limits *limits = &governor->limits;
    const struct ee_heat *heat = &past->heat;
    const size_t least = least_rung(governor);
    if (!is_fresh(governor, &state->celsius, now, EE_COLDEST, EE_HOTTEST)) {
        return (struct wish){least, "temperature cannot be read"};
    }
    const double aim = limits->ceiling - limits->guard;
    if (heat->celsius > limits->ceiling || state->celsius.value > limits->ceiling + EE_ODD) {
        return (struct wish){least, "above the ceiling"};
    }
    const size_t current = past->rung;
    if (!past->decided || now - heat->first < EE_WARM_UP) {
        if (heat->celsius <= aim - limits->hysteresis) {
            return (struct wish){past->decided ? current : 0, "cool"};
        }
        return (struct wish){least, "warm, and not known how fast it warms"};
    }
    const double soon = limits->dwell + EE_REACTION;
    if (ee_heat_expected(heat, high_load(governor, past, current), soon) > limits->ceiling) {
        return (struct wish){first_that_fits(governor, past, soon), "would reach the ceiling"};
    }
    const size_t worth = ee_worth_running(governor, heat, EE_BURSTS * past->demand.lately, aim);
    if (worth > current) {
        return (struct wish){current + 1, "depth is worth more later"};
    }
    if (worth < current &&
        ee_heat_expected(heat, high_load(governor, past, current - 1), limits->stay) <= aim) {
        return (struct wish){current - 1, "cool"};
    }
    return (struct wish){current, "heat"};
}

static struct wish by_battery(const struct ee_governor *governor, const struct ee_past *past,
                              const struct ee_state *state, double now)
{
    const struct ee_limits *limits = &governor->limits;
    const size_t least = least_rung(governor);
    if (!state->on_battery || state->charging == EE_CHARGING) {
        return (struct wish){0, "power from outside"};
    }
    if (!is_fresh(governor, &state->battery, now, 0, EE_MOST_PERCENT) ||
        state->charging == EE_CHARGING_UNKNOWN) {
        return (struct wish){least, "battery cannot be read"};
    }
    if (state->battery.value <= limits->reserve) {
        return (struct wish){least, "battery at its reserve"};
    }
    for (size_t rung = 0; rung <= least; rung++) {
        const double load = fmin(past->demand.lately * governor->rungs[rung].load, 1.0);
        const bool deeper = past->decided && rung < past->rung;
        double share;
        if (!ee_drain_share(&past->drain, load, limits->reserve, limits->lasts, &share) ||
            share <= (deeper ? 1 - EE_CHANGE : 1.0)) {
            return (struct wish){rung, "battery"};
        }
    }
    return (struct wish){least, "battery"};
}

static struct wish by_load(const struct ee_governor *governor, const struct ee_past *past,
                           const struct ee_state *state)
{
    const size_t least = least_rung(governor);
    if (!state->live) {
        return (struct wish){0, "no hurry"};
    }
    if (!state->queue_known || !state->busy_known) {
        return (struct wish){least, "load cannot be read"};
    }
    const size_t current = past->decided ? past->rung : 0;
    if ((double)state->queue >= governor->limits.queue) {
        return (struct wish){current < least ? current + 1 : least, "utterances wait"};
    }
    if (state->queue > 0 ||
        (current > 0 && high_load(governor, past, current - 1) > governor->limits.busy)) {
        return (struct wish){current, "busy"};
    }
    return (struct wish){0, "idle"};
}

/* Returns the wish that lets it go least deep; of two, the first. */
static struct wish least_deep(struct wish one, struct wish other)
{
    return other.rung > one.rung ? other : one;
}

size_t ee_govern(const struct ee_governor *governor, struct ee_past *past,
                 const struct ee_state *state, double now, const char **why)
{
    remember(governor, past, state, now);
    struct wish wish = by_heat(governor, past, state, now);
    wish = least_deep(wish, by_battery(governor, past, state, now));
    wish = least_deep(wish, by_load(governor, past, state));
    *why = wish.why;
    if (past->decided && wish.rung == past->rung) {
        return past->rung;
    }
    if (past->decided && now - past->since < governor->limits.dwell) {
        *why = "dwell";
        return past->rung;
    }
    /* Shallower at once, deeper by one rung at a time. */
    past->rung = past->decided && wish.rung < past->rung ? past->rung - 1 : wish.rung;
    past->decided = true;
    past->since = now;
    return past->rung;
}
