/* Any bytes as a recording: what is taken for one can be replayed. */
#include "fuzz.h"
#include "replay.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ee_replay replay;
    static char text[1 << 15];
    uint8_t *bytes = malloc(size + 1);
    FUZZ_HOLDS(bytes != NULL);
    if (size > 0) {
        memcpy(bytes, data, size);
    }
    const struct ee_recording *recording = ee_recording_in(bytes, size);
    const size_t points = recording != NULL ? recording->point_count : 0;
    for (size_t at = 0; at < points && at < 8; at++) {
        const struct ee_policy policy = ee_recorded_policy(&ee_recorded_points(recording)[at]);
        for (uint32_t number = 0; number < recording->utterance_count && number < 4; number++) {
            const struct ee_tokens tokens = ee_recorded_tokens(recording);
            const struct ee_symbol_memory *symbols = &replay.memory;
            if (ee_replay(&replay, recording, ee_recorded_utterance(recording, number), &policy)) {
                (void)ee_text_of(&tokens, symbols->symbols[1], symbols->counts[1], text,
                                 sizeof text);
            }
        }
    }
    free(bytes);
    return 0;
}
