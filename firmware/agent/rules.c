#include "rules.h"

#include "rule_fields.h"

/* The exits at which it may leave: those that it names, or all. */
static bool read_allowed(const struct ee_rule *rule, struct ee_policy *policy)
{
    const struct ee_bundle *bundle = rule->bundle;
    const struct ee_json_node *list = ee_rule_member(rule, "exits");
    if (list == NULL || list->type == EE_JSON_NULL) {
        for (size_t at = 0; at < bundle->exit_count; at++) {
            ee_exit_add(&policy->exits, bundle->exits[at]);
        }
        policy->deepest = bundle->exits[bundle->exit_count - 1];
        return true;
    }
    for (const struct ee_json_node *item = list->first; item; item = item->next) {
        uint8_t exit;
        if (!ee_rule_exit(bundle, item, &exit)) {
            return false;
        }
        ee_exit_add(&policy->exits, exit);
        policy->deepest = exit > policy->deepest ? exit : policy->deepest;
    }
    return policy->deepest > 0;
}

static bool read_fixed(const struct ee_rule *rule, struct ee_policy *policy)
{
    policy->kind = EE_FIXED;
    policy->score = EE_ENTROPY_NATS;
    return ee_rule_exit(rule->bundle, ee_rule_member(rule, "exit"), &policy->deepest);
}

static bool read_threshold(const struct ee_rule *rule, struct ee_policy *policy)
{
    policy->kind = EE_THRESHOLD;
    return read_allowed(rule, policy) &&
           ee_rule_score(ee_rule_member(rule, "score"), EE_SCORES, &policy->score) &&
           ee_json_number(ee_rule_member(rule, "threshold"), &policy->threshold) &&
           ee_can_reach(policy->score, policy->threshold);
}

static bool read_agreement(const struct ee_rule *rule, struct ee_policy *policy)
{
    policy->kind = EE_THRESHOLD;
    policy->score = EE_EDIT_RATE;
    return read_allowed(rule, policy) &&
           ee_json_number(ee_rule_member(rule, "rate"), &policy->threshold) &&
           policy->threshold >= 0 && policy->threshold < 1;
}

static bool read_patience(const struct ee_rule *rule, struct ee_policy *policy)
{
    uint64_t times;
    const struct ee_bundle *bundle = rule->bundle;
    policy->kind = EE_PATIENCE;
    policy->score = EE_EDIT_RATE;
    policy->deepest = bundle->exits[bundle->exit_count - 1];
    if (!ee_json_count(ee_rule_member(rule, "times"), UINT8_MAX, &times) || times == 0 ||
        times + 2 > bundle->exit_count) {
        return false;
    }
    policy->length = (uint8_t)times;
    return ee_json_number(ee_rule_member(rule, "tolerance"), &policy->spread) &&
           policy->spread >= 0 && policy->spread < 1;
}

static bool read_window(const struct ee_rule *rule, struct ee_policy *policy)
{
    static const char *const kinds[] = {"side", "trend", "range"};
    uint64_t length;
    if (!read_threshold(rule, policy) ||
        !ee_json_number(ee_rule_member(rule, "side"), &policy->side) ||
        !ee_json_number(ee_rule_member(rule, "spread"), &policy->spread) ||
        !ee_json_count(ee_rule_member(rule, "length"), UINT8_MAX, &length) || length < 2 ||
        policy->spread < 0 || !ee_can_reach(policy->score, policy->side) ||
        ee_is_sure(policy->score, policy->side, policy->threshold)) {
        return false;
    }
    policy->length = (uint8_t)length;
    for (int at = 0; at < 3; at++) {
        if (ee_json_is(ee_rule_member(rule, "window"), kinds[at])) {
            policy->kind = (enum ee_policy_kind)(EE_WINDOW_SIDE + at);
            return true;
        }
    }
    return false;
}

static const struct {
    const char *name;
    bool (*read)(const struct ee_rule *rule, struct ee_policy *policy);
} kinds[] = {
    {"fixed", read_fixed},       {"threshold", read_threshold}, {"agreement", read_agreement},
    {"patience", read_patience}, {"window", read_window},       {"learnt", ee_rule_read_learnt},
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
    const struct ee_rule rule = {bundle, root, ee_json_follow(root, node)};
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
