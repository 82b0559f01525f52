/* Rules: policies as they stand in a calibration, of the kinds of `edge/rules.py`. */
#ifndef EE_RULES_H
#define EE_RULES_H

#include "bundle.h"

/* Builds a point's policy from its rule; `root` is what references in it refer to. False: it is of
 * no kind that is known here, names an exit that the bundle has not, or would never fire. */
bool ee_rule_read(struct ee_bundle *bundle, const struct ee_json_node *root,
                  const struct ee_json_node *rule, struct ee_point *point);

#endif
