/* Written by `python -m firmware.generate` from the Python definitions. */
#include "generated.h"

#include <math.h>

static const struct ee_field hello_fields[] = {
    {EE_U8, 0, offsetof(struct ee_hello, oldest)},
    {EE_U8, 0, offsetof(struct ee_hello, newest)},
    {EE_U16, 0, offsetof(struct ee_hello, max_body)},
    {EE_U32, 0, offsetof(struct ee_hello, capabilities)},
    {EE_U32, 0, offsetof(struct ee_hello, session)},
    {EE_TEXT, 64, offsetof(struct ee_hello, program)},
    {EE_TEXT, 64, offsetof(struct ee_hello, board)},
};

static const struct ee_field ack_fields[] = {
    {EE_U16, 0, offsetof(struct ee_ack, number)},
};

static const struct ee_field refused_fields[] = {
    {EE_U16, 0, offsetof(struct ee_refused, number)},
    {EE_TEXT, 64, offsetof(struct ee_refused, kind)},
    {EE_TEXT, 1024, offsetof(struct ee_refused, what)},
    {EE_TEXT, 1024, offsetof(struct ee_refused, tries)},
};

static const struct ee_field log_fields[] = {
    {EE_U8, 0, offsetof(struct ee_log, level)},
    {EE_TEXT, 1024, offsetof(struct ee_log, text)},
};

static const struct ee_field load_fields[] = {
    {EE_TEXT, 64, offsetof(struct ee_load, board)},
    {EE_TEXT, 64, offsetof(struct ee_load, point)},
};

static const struct ee_field loaded_fields[] = {
    {EE_HASH, 0, offsetof(struct ee_loaded, identity)},
    {EE_DATA, 64, offsetof(struct ee_loaded, exits)},
    {EE_TEXT, 1024, offsetof(struct ee_loaded, points)},
    {EE_TEXT, 64, offsetof(struct ee_loaded, point)},
};

static const struct ee_field set_point_fields[] = {
    {EE_TEXT, 64, offsetof(struct ee_set_point, point)},
    {EE_U8, 0, offsetof(struct ee_set_point, deepest)},
};

static const struct ee_field run_fields[] = {
    {EE_U32, 0, offsetof(struct ee_run, utterance)},
    {EE_U32, 0, offsetof(struct ee_run, samples)},
    {EE_U32, 0, offsetof(struct ee_run, sample_rate)},
};

static const struct ee_field sound_fields[] = {
    {EE_U32, 0, offsetof(struct ee_sound, utterance)},
    {EE_U32, 0, offsetof(struct ee_sound, first)},
    {EE_DATA, 4000, offsetof(struct ee_sound, samples)},
};

static const struct ee_field result_fields[] = {
    {EE_U32, 0, offsetof(struct ee_result, utterance)},
    {EE_U8, 0, offsetof(struct ee_result, exit)},
    {EE_U8, 0, offsetof(struct ee_result, more)},
    {EE_F32, 0, offsetof(struct ee_result, blocks)},
    {EE_F32, 0, offsetof(struct ee_result, duration_s)},
    {EE_F32, 0, offsetof(struct ee_result, latency_s)},
    {EE_F32, 0, offsetof(struct ee_result, loading_s)},
    {EE_F32_OR_NAN, 0, offsetof(struct ee_result, score)},
    {EE_TEXT, 64, offsetof(struct ee_result, point)},
    {EE_TEXT, 3072, offsetof(struct ee_result, text)},
};

static const struct ee_field watch_fields[] = {
    {EE_U32, 0, offsetof(struct ee_watch, interval_ms)},
};

static const struct ee_field telemetry_fields[] = {
    {EE_U64, 0, offsetof(struct ee_telemetry, time_ms)},
    {EE_F32_OR_NAN, 0, offsetof(struct ee_telemetry, celsius)},
    {EE_F32_OR_NAN, 0, offsetof(struct ee_telemetry, battery_percent)},
    {EE_U8, 0, offsetof(struct ee_telemetry, charging)},
    {EE_U16, 0, offsetof(struct ee_telemetry, queue)},
    {EE_F32_OR_NAN, 0, offsetof(struct ee_telemetry, real_time_factor)},
    {EE_U32, 0, offsetof(struct ee_telemetry, utterances)},
    {EE_U8, 0, offsetof(struct ee_telemetry, deepest)},
    {EE_TEXT, 64, offsetof(struct ee_telemetry, point)},
};

static const struct ee_field list_files_fields[] = {
    {EE_U8, 0, offsetof(struct ee_list_files, slot)},
};

static const struct ee_field slot_fields[] = {
    {EE_U8, 0, offsetof(struct ee_slot, slot)},
    {EE_HASH, 0, offsetof(struct ee_slot, identity)},
    {EE_U16, 0, offsetof(struct ee_slot, files)},
    {EE_U64, 0, offsetof(struct ee_slot, free_bytes)},
};

static const struct ee_field file_fields[] = {
    {EE_U16, 0, offsetof(struct ee_file, index)},
    {EE_U32, 0, offsetof(struct ee_file, size)},
    {EE_HASH, 0, offsetof(struct ee_file, sha256)},
    {EE_TEXT, 255, offsetof(struct ee_file, path)},
};

static const struct ee_field begin_fields[] = {
    {EE_HASH, 0, offsetof(struct ee_begin, identity)},
    {EE_U16, 0, offsetof(struct ee_begin, files)},
    {EE_U64, 0, offsetof(struct ee_begin, size)},
    {EE_TEXT, 255, offsetof(struct ee_begin, name)},
};

static const struct ee_field put_fields[] = {
    {EE_U32, 0, offsetof(struct ee_put, size)},
    {EE_HASH, 0, offsetof(struct ee_put, sha256)},
    {EE_TEXT, 255, offsetof(struct ee_put, path)},
};

static const struct ee_field put_chunk_fields[] = {
    {EE_U32, 0, offsetof(struct ee_put_chunk, first)},
    {EE_DATA, 4000, offsetof(struct ee_put_chunk, data)},
};

static const struct ee_field verify_fields[] = {
    {EE_HASH, 0, offsetof(struct ee_verify, identity)},
};

static const struct ee_field switch_fields[] = {
    {EE_HASH, 0, offsetof(struct ee_switch, identity)},
};

const struct ee_layout ee_layouts[EE_LAYOUTS] = {
    {EE_HELLO, 7, hello_fields},
    {EE_ACK, 1, ack_fields},
    {EE_REFUSED, 4, refused_fields},
    {EE_LOG, 2, log_fields},
    {EE_LOAD, 2, load_fields},
    {EE_LOADED, 4, loaded_fields},
    {EE_SET_POINT, 2, set_point_fields},
    {EE_RUN, 3, run_fields},
    {EE_SOUND, 3, sound_fields},
    {EE_RESULT, 10, result_fields},
    {EE_WATCH, 1, watch_fields},
    {EE_TELEMETRY, 9, telemetry_fields},
    {EE_LIST_FILES, 1, list_files_fields},
    {EE_SLOT, 4, slot_fields},
    {EE_FILE, 4, file_fields},
    {EE_BEGIN, 4, begin_fields},
    {EE_PUT, 3, put_fields},
    {EE_PUT_CHUNK, 2, put_chunk_fields},
    {EE_VERIFY, 1, verify_fields},
    {EE_SWITCH, 1, switch_fields},
    {EE_ROLLBACK, 0, NULL},
};

const struct ee_score_info ee_scores[EE_VALUES] = {
    {"entropy_nats", true, 0.0},
    {"entropy_per_symbol", true, 0.0},
    {"entropy_normalised", true, 0.0},
    {"nonblank_entropy_nats", true, 0.0},
    {"nonblank_entropy_per_symbol", true, 0.0},
    {"nonblank_entropy_normalised", true, 0.0},
    {"mean_max_probability", false, 1.0},
    {"low_decile_max_probability", false, 1.0},
    {"mean_margin", false, 1.0},
    {"least_symbol_probability", false, 1.0},
    {"expected_symbol_errors", true, 0.0},
    {"nbest_posterior", false, 0.9999999},
    {"edit_rate", true, 0.0},
    {"stable_exits", false, NAN},
    {"nearly_stable_exits", false, NAN},
    {"entropy_drop", true, NAN},
    {"unseen_ngrams", true, 0.0},
    {"unit_entropy_nats", true, 0.0},
    {"blank_share", false, NAN},
    {"symbols", false, NAN},
    {"symbols_per_s", false, NAN},
    {"sound_s", false, NAN},
    {"level", false, NAN},
    {"level_spread", false, NAN},
};

const struct ee_limits ee_usual_limits = {
    .ceiling = 68.0,
    .guard = 0.2,
    .hysteresis = 5.0,
    .stay = 30.0,
    .dwell = 10.0,
    .stale = 10.0,
    .lasts = 28800.0,
    .reserve = 5.0,
    .queue = 4.0,
    .busy = 0.95,
    .slowed = 1.15,
};
