#include "rules.h"

#include <string.h>

struct rule {
    struct ee_bundle *bundle;
    const struct ee_json_node *root;
    const struct ee_json_node *node;
};

static const struct ee_json_node *member(const struct rule *rule, const char *name)
{
    const struct ee_json_node *found = ee_json_member(rule->node, name);
    return found != NULL ? ee_json_follow(rule->root, found) : NULL;
}

static bool is_exit(const struct ee_bundle *bundle, uint64_t exit)
{
    for (size_t at = 0; at < bundle->exit_count; at++) {
        if (bundle->exits[at] == exit) {
            return true;
        }
    }
    return false;
}

static bool read_exit(const struct ee_bundle *bundle, const struct ee_json_node *node,
                      uint8_t *exit)
{
    uint64_t number;
    if (!ee_json_count(node, UINT8_MAX, &number) || !is_exit(bundle, number)) {
        return false;
    }
    *exit = (uint8_t)number;
    return true;
}

static bool read_score(const struct ee_json_node *node, uint8_t most, uint8_t *score)
{
    for (uint8_t at = 0; at < most; at++) {
        if (ee_json_is(node, ee_scores[at].name)) {
            *score = at;
            return true;
        }
    }
    return false;
}

/* The exits at which it may leave: those that it names, or all. */
static bool read_allowed(const struct rule *rule, struct ee_policy *policy)
{
    const struct ee_bundle *bundle = rule->bundle;
    const struct ee_json_node *list = member(rule, "exits");
    if (list == NULL || list->type == EE_JSON_NULL) {
        for (size_t at = 0; at < bundle->exit_count; at++) {
            ee_exit_add(&policy->exits, bundle->exits[at]);
        }
        policy->deepest = bundle->exits[bundle->exit_count - 1];
        return true;
    }
    for (const struct ee_json_node *item = list->first; item; item = item->next) {
        uint8_t exit;
        if (!read_exit(bundle, item, &exit)) {
            return false;
        }
        ee_exit_add(&policy->exits, exit);
        policy->deepest = exit > policy->deepest ? exit : policy->deepest;
    }
    return policy->deepest > 0;
}

static bool read_fixed(const struct rule *rule, struct ee_policy *policy)
{
    policy->kind = EE_FIXED;
    policy->score = EE_ENTROPY_NATS;
    return read_exit(rule->bundle, member(rule, "exit"), &policy->deepest);
}

static bool read_threshold(const struct rule *rule, struct ee_policy *policy)
{
    policy->kind = EE_THRESHOLD;
    return read_allowed(rule, policy) &&
           read_score(member(rule, "score"), EE_SCORES, &policy->score) &&
           ee_json_number(member(rule, "threshold"), &policy->threshold) &&
           ee_can_reach(policy->score, policy->threshold);
}

static bool read_agreement(const struct rule *rule, struct ee_policy *policy)
{
    policy->kind = EE_THRESHOLD;
    policy->score = EE_EDIT_RATE;
    return read_allowed(rule, policy) &&
           ee_json_number(member(rule, "rate"), &policy->threshold) && policy->threshold >= 0 &&
           policy->threshold < 1;
}

static bool read_patience(const struct rule *rule, struct ee_policy *policy)
{
    uint64_t times;
    const struct ee_bundle *bundle = rule->bundle;
    policy->kind = EE_PATIENCE;
    policy->score = EE_EDIT_RATE;
    policy->deepest = bundle->exits[bundle->exit_count - 1];
    if (!ee_json_count(member(rule, "times"), UINT8_MAX, &times) || times == 0 ||
        times + 2 > bundle->exit_count) {
        return false;
    }
    policy->length = (uint8_t)times;
    return ee_json_number(member(rule, "tolerance"), &policy->spread) && policy->spread >= 0 &&
           policy->spread < 1;
}

static bool read_window(const struct rule *rule, struct ee_policy *policy)
{
    static const char *const kinds[] = {"side", "trend", "range"};
    uint64_t length;
    if (!read_threshold(rule, policy) || !ee_json_number(member(rule, "side"), &policy->side) ||
        !ee_json_number(member(rule, "spread"), &policy->spread) ||
        !ee_json_count(member(rule, "length"), UINT8_MAX, &length) || length < 2 ||
        policy->spread < 0 || !ee_can_reach(policy->score, policy->side) ||
        ee_is_sure(policy->score, policy->side, policy->threshold)) {
        return false;
    }
    policy->length = (uint8_t)length;
    for (int at = 0; at < 3; at++) {
        if (ee_json_is(member(rule, "window"), kinds[at])) {
            policy->kind = (enum ee_policy_kind)(EE_WINDOW_SIDE + at);
            return true;
        }
    }
    return false;
}

/* Returns a list of so many numbers, or NULL. */
static double *read_numbers(const struct rule *rule, const struct ee_json_node *object,
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

static bool read_signs(const struct rule *rule, struct ee_policy *policy)
{
    static const char *const transforms[] = {"none", "log", "logit"};
    const struct ee_json_node *list = member(rule, "signs");
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
        if (!read_score(ee_json_member(sign, "name"), EE_VALUES, &place->score) ||
            !ee_json_number(ee_json_member(sign, "floor"), &place->floor) ||
            place->transform == 3 || place->floor < 0 ||
            (place->transform != EE_PLAIN && place->floor <= 0)) {
            return false;
        }
    }
    policy->score = signs[0].score;
    return true;
}

static bool read_weights(const struct rule *rule, const struct ee_json_node *node, size_t signs,
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
    return read_exit(rule->bundle, ee_json_member(node, "exit"), &weights->exit) &&
           ee_json_number(ee_json_member(node, "bias"), &weights->bias);
}

static bool read_learnt(const struct rule *rule, struct ee_policy *policy)
{
    const struct ee_json_node *list = member(rule, "exits");
    policy->kind = EE_LEARNT;
    if (!read_exit(rule->bundle, member(rule, "last"), &policy->deepest) ||
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

static const struct {
    const char *name;
    bool (*read)(const struct rule *rule, struct ee_policy *policy);
} kinds[] = {
    {"fixed", read_fixed},       {"threshold", read_threshold}, {"agreement", read_agreement},
    {"patience", read_patience}, {"window", read_window},       {"learnt", read_learnt},
};

/* Returns the name of a score that the policy reads and that is not computed here, or NULL. */
static const char *missing_score(const struct ee_policy *policy)
{
    const ee_score_set missing = ee_policy_scores(policy) &
                                 (ee_scores_missing() | EE_SET_OF(EE_UNIT_ENTROPY_NATS));
    for (int score = 0; score < EE_VALUES; score++) {
        if (missing & EE_SET_OF(score)) {
            return ee_scores[score].name;
        }
    }
    return NULL;
}

bool ee_rule_read(struct ee_bundle *bundle, const struct ee_json_node *root,
                  const struct ee_json_node *node, struct ee_point *point)
{
    const struct rule rule = {bundle, root, ee_json_follow(root, node)};
    for (size_t at = 0; at < sizeof kinds / sizeof *kinds; at++) {
        if (ee_json_is(ee_json_member(rule.node, "kind"), kinds[at].name)) {
            point->policy = (struct ee_policy){0};
            const bool right = kinds[at].read(&rule, &point->policy);
            point->missing = right ? missing_score(&point->policy) : NULL;
            return right;
        }
    }
    return false;
}
