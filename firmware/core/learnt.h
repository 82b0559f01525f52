/* The learnt score: how many errors more it would cost to leave here than to go on. */
#ifndef EE_LEARNT_H
#define EE_LEARNT_H

#include "policy.h"

/* Leaves where that is not above zero; at exits without weights it goes on. */
enum ee_decision ee_decide_learnt(const struct ee_policy *policy, const struct ee_reading *reading);

#endif
