/* Rules that were learnt: signs, and weights for each exit. */
#include "rule_fields.h"

/* Returns a list of so many numbers, or NULL. */
static double *read_numbers(const struct ee_rule *rule, const struct ee_json_node *object,
                            const char *name, size_t count)
{
    const struct ee_json_node *list = ee_json_member(object, name);
    list = list != NULL ? ee_json_follow(rule->root, list) : NULL;
    if (list == NULL || list->type != EE_JSON_LIST || list->count != count) {
        return NULL;
    }
    double *numbers = ee_arena_take(&rule->bundle->arena, count, sizeof *numbers);
    size_t at = 0;
    for (const struct ee_json_node *item = list->first; numbers && item; item = item->next) {
        if (!ee_json_number(item, &numbers[at++])) {
            return NULL;
        }
    }
    return numbers;
}

static bool read_signs(const struct ee_rule *rule, struct ee_policy *policy)
{
    static const char *const transforms[] = {"none", "log", "logit"};
    const struct ee_json_node *list = ee_rule_member(rule, "signs");
    if (list == NULL || list->type != EE_JSON_LIST || list->count == 0 || list->count > 64) {
        return false;
    }
    struct ee_sign *signs = ee_arena_take(&rule->bundle->arena, list->count, sizeof *signs);
    if (signs == NULL) {
        return false;
    }
    policy->signs = signs;
    for (const struct ee_json_node *item = list->first; item; item = item->next) {
        const struct ee_json_node *sign = ee_json_follow(rule->root, item);
        struct ee_sign *place = &signs[policy->sign_count++];
        place->transform = 3;
        for (uint8_t at = 0; at < 3; at++) {
            if (ee_json_is(ee_json_member(sign, "transform"), transforms[at])) {
                place->transform = at;
            }
        }
        if (!ee_rule_score(ee_json_member(sign, "name"), EE_VALUES, &place->score) ||
            !ee_json_number(ee_json_member(sign, "floor"), &place->floor) ||
            place->transform == 3 || place->floor < 0 ||
            (place->transform != EE_PLAIN && place->floor <= 0)) {
            return false;
        }
    }
    policy->score = signs[0].score;
    return true;
}

static bool read_weights(const struct ee_rule *rule, const struct ee_json_node *node, size_t signs,
                         struct ee_exit_weights *weights)
{
    weights->mean = read_numbers(rule, node, "mean", 2 * signs);
    weights->scale = read_numbers(rule, node, "scale", 2 * signs);
    weights->linear = read_numbers(rule, node, "linear", 2 * signs);
    weights->square = read_numbers(rule, node, "square", signs);
    if (!weights->mean || !weights->scale || !weights->linear || !weights->square) {
        return false;
    }
    for (size_t at = 0; at < 2 * signs; at++) {
        if (!(weights->scale[at] > 0)) {
            return false;
        }
    }
    return ee_rule_exit(rule->bundle, ee_json_member(node, "exit"), &weights->exit) &&
           ee_json_number(ee_json_member(node, "bias"), &weights->bias);
}

bool ee_rule_read_learnt(const struct ee_rule *rule, struct ee_policy *policy)
{
    const struct ee_json_node *list = ee_rule_member(rule, "exits");
    policy->kind = EE_LEARNT;
    if (!ee_rule_exit(rule->bundle, ee_rule_member(rule, "last"), &policy->deepest) ||
        !read_signs(rule, policy) || list == NULL || list->type != EE_JSON_LIST ||
        list->count > EE_MOST_EXITS) {
        return false;
    }
    struct ee_exit_weights *weights =
        ee_arena_take(&rule->bundle->arena, list->count, sizeof *weights);
    policy->weights = weights;
    for (const struct ee_json_node *item = list->first; weights && item; item = item->next) {
        struct ee_exit_weights *place = &weights[policy->weight_count++];
        if (!read_weights(rule, ee_json_follow(rule->root, item), policy->sign_count, place)) {
            return false;
        }
        ee_exit_add(&policy->exits, place->exit);
    }
    return weights != NULL;
}
