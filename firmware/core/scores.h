/* Scores of one exit that are a mean over frames; `edge/scores/frames.py` says whose they are. */
#ifndef EE_SCORES_H
#define EE_SCORES_H

#include "posteriors.h"

/* Mean entropy of a frame, in nats, from 0 (sure) to ln V. */
double ee_entropy_nats(const struct ee_posteriors *posteriors);

/* That of the frames whose likeliest symbol is not blank; ln V where all are. */
double ee_nonblank_entropy_nats(const struct ee_posteriors *posteriors);

/* Mean of the likeliest symbol's probability, up to 1 (sure). */
double ee_mean_max_probability(const struct ee_posteriors *posteriors);

/* That of the tenth of the frames where it is lowest. */
double ee_low_decile_max_probability(const struct ee_posteriors *posteriors);

/* Mean of the likeliest symbol's probability minus the second's, up to 1 (sure). */
double ee_mean_margin(const struct ee_posteriors *posteriors);

#endif
