#include "rule_fields.h"

const struct ee_json_node *ee_rule_member(const struct ee_rule *rule, const char *name)
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

bool ee_rule_exit(const struct ee_bundle *bundle, const struct ee_json_node *node, uint8_t *exit)
{
    uint64_t number;
    if (!ee_json_count(node, UINT8_MAX, &number) || !is_exit(bundle, number)) {
        return false;
    }
    *exit = (uint8_t)number;
    return true;
}

bool ee_rule_score(const struct ee_json_node *node, uint8_t most, uint8_t *score)
{
    for (uint8_t at = 0; at < most; at++) {
        if (ee_json_is(node, ee_scores[at].name)) {
            *score = at;
            return true;
        }
    }
    return false;
}
