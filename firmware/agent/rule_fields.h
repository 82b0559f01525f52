/* What the kinds of rules have in common: a rule in a calibration, and what stands in it. */
#ifndef EE_RULE_FIELDS_H
#define EE_RULE_FIELDS_H

#include "bundle.h"

struct ee_rule {
    struct ee_bundle *bundle;
    const struct ee_json_node *root; /* what references refer to */
    const struct ee_json_node *node;
};

/* Returns what stands under a name, or NULL. */
const struct ee_json_node *ee_rule_member(const struct ee_rule *rule, const char *name);

/* Reads the number of an exit, which the bundle must have. */
bool ee_rule_exit(const struct ee_bundle *bundle, const struct ee_json_node *node, uint8_t *exit);

/* Reads the name of one of the first `most` scores. */
bool ee_rule_score(const struct ee_json_node *node, uint8_t most, uint8_t *score);

/* Reads a rule of kind "learnt". False: it is not right. */
bool ee_rule_read_learnt(const struct ee_rule *rule, struct ee_policy *policy);

#endif
