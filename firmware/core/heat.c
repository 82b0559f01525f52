#include "heat.h"

#include <math.h>

static double within(double value, double least, double most)
{
    return value < least ? least : value > most ? most : value;
}

static double forget(double kept, double added)
{
    return EE_HEAT_FORGET * kept + added;
}

void ee_heat_begin(struct ee_heat *heat)
{
    *heat = (struct ee_heat){.gain = EE_USUAL_GAIN, .rate = EE_USUAL_RATE};
}

static void begin_anew(struct ee_heat *heat, double celsius, double at, double load)
{
    heat->known = true;
    heat->at = heat->first = heat->begun = at;
    heat->celsius = celsius;
    heat->slope = 0.0;
    heat->load = load;
    heat->count = heat->celsius_sum = heat->load_sum = 0.0;
    heat->last.known = heat->change.known = false;
}

static struct ee_heat_change change_between(const struct ee_heat_block *one,
                                            const struct ee_heat_block *other)
{
    return (struct ee_heat_change){
        .known = true,
        .slope = (other->celsius - one->celsius) / (other->at - one->at),
        .celsius = (one->celsius + other->celsius) / 2,
        .load = (one->load + other->load) / 2,
    };
}

/* Fits to how the slope has changed since the change before. */
static void compare(struct ee_heat *heat, const struct ee_heat_change *change)
{
    const struct ee_heat_change last = heat->change;
    heat->change = *change;
    if (!last.known) {
        return;
    }
    const double slope = change->slope - last.slope;
    const double u = change->load - last.load;
    const double warm = last.celsius - change->celsius;
    heat->squares[0] = forget(heat->squares[0], u * u);
    heat->squares[1] = forget(heat->squares[1], u * warm);
    heat->squares[2] = forget(heat->squares[2], warm * warm);
    heat->products[0] = forget(heat->products[0], u * slope);
    heat->products[1] = forget(heat->products[1], warm * slope);
    const double a = heat->squares[0] + EE_TRUST_GAIN;
    const double b = heat->squares[1];
    const double c = heat->squares[2] + EE_TRUST_RATE;
    const double x = heat->products[0] + EE_TRUST_GAIN * EE_USUAL_GAIN;
    const double y = heat->products[1] + EE_TRUST_RATE * EE_USUAL_RATE;
    const double whole = a * c - b * b;
    heat->gain = within((x * c - b * y) / whole, EE_LEAST_GAIN, EE_MOST_GAIN);
    heat->rate = within((a * y - b * x) / whole, EE_LEAST_RATE, EE_MOST_RATE);
}

/* Takes a reading into its block, and fits when that is full. */
static void count(struct ee_heat *heat, double celsius, double at, double load)
{
    heat->count += 1;
    heat->celsius_sum += celsius;
    heat->load_sum += load;
    if (at - heat->begun < EE_HEAT_BLOCK) {
        return;
    }
    const struct ee_heat_block last = heat->last;
    heat->last = (struct ee_heat_block){
        .known = true,
        .at = (heat->begun + at) / 2,
        .celsius = heat->celsius_sum / heat->count,
        .load = heat->load_sum / heat->count,
    };
    heat->begun = at;
    heat->count = heat->celsius_sum = heat->load_sum = 0.0;
    if (last.known) {
        const struct ee_heat_change change = change_between(&last, &heat->last);
        compare(heat, &change);
    }
}

void ee_heat_seen(struct ee_heat *heat, double celsius, double at, double load)
{
    const double step = at - heat->at;
    if (!heat->known || !(step >= 0 && step <= EE_HEAT_GONE)) {
        begin_anew(heat, celsius, at, load);
        return;
    }
    if (step == 0) {
        return;
    }
    const double slope =
        heat->slope * exp(-heat->rate * step) + heat->gain * (load - heat->load);
    const double expected = heat->celsius + slope * step;
    const double alpha = -expm1(-step / EE_HEAT_SMOOTH);
    const double beta = EE_HEAT_CALM * alpha * alpha / (2 - alpha);
    const double error = celsius - expected;
    heat->at = at;
    heat->celsius = expected + alpha * error;
    heat->slope = slope + beta * error / step;
    heat->load = load;
    count(heat, celsius, at, load);
}

double ee_heat_expected(const struct ee_heat *heat, double load, double after)
{
    const double slope = heat->slope + heat->gain * (load - heat->load);
    return heat->celsius + slope * -expm1(-heat->rate * after) / heat->rate;
}

double ee_heat_settled(const struct ee_heat *heat, double load)
{
    return heat->celsius + (heat->slope + heat->gain * (load - heat->load)) / heat->rate;
}
