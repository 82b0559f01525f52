/* Written by `python -m firmware.generate` from the Python definitions. */
#ifndef EE_GENERATED_H
#define EE_GENERATED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EE_WIRE_VERSION 1
#define EE_WIRE_VERSIONS 6
#define EE_MAX_BODY 4096
#define EE_LONGEST_ENCODED 4121
#define EE_BLANK 0
#define EE_MOST_EXITS 64
#define EE_SUM_TOLERANCE 0.01
#define EE_NEARLY 0.05
#define EE_NGRAMS_VERSION 1
#define EE_NGRAMS_FACTOR UINT64_C(0x9E3779B97F4A7C15)
#define EE_NGRAMS_LONGEST 16
#define EE_NGRAMS_LEAST_BITS 10
#define EE_NGRAMS_MOST_BITS 24
#define EE_REACH 3.0
#define EE_SILENCE 3.0517578125e-05
#define EE_PREEMPHASIS 0.9700000286102295
#define EE_ENERGY_FLOOR 1.1920928955078125e-07
#define EE_HEAT_SMOOTH 6.0
#define EE_HEAT_CALM 0.5
#define EE_HEAT_BLOCK 10.0
#define EE_HEAT_FORGET 0.985
#define EE_HEAT_GONE 30.0
#define EE_USUAL_GAIN 0.3
#define EE_USUAL_RATE 0.006666666666666667
#define EE_TRUST_GAIN 0.05
#define EE_TRUST_RATE 200.0
#define EE_LEAST_GAIN 0.02
#define EE_MOST_GAIN 3.0
#define EE_LEAST_RATE 0.0011111111111111111
#define EE_MOST_RATE 0.03333333333333333
#define EE_BATTERY_SOONEST 60.0
#define EE_BATTERY_IDLE 0.43
#define EE_DEMAND_SOON 10.0
#define EE_DEMAND_LATELY 600.0
#define EE_REACTION 5.0
#define EE_WARM_UP 20.0
#define EE_ODD 1.0
#define EE_BURSTS 1.05
#define EE_CHANGE 0.02
#define EE_COLDEST -60
#define EE_HOTTEST 150
#define EE_MOST_PERCENT 100
#define EE_MOST_SLOWDOWN 1000

/* UTF-8 that lies elsewhere, without a 0 at its end. */
struct ee_text {
    const char *bytes;
    uint16_t size;
};

struct ee_data {
    const uint8_t *bytes;
    uint16_t size;
};

enum ee_type {
    EE_HELLO = 0x01,
    EE_ACK = 0x02,
    EE_REFUSED = 0x03,
    EE_LOG = 0x04,
    EE_LOAD = 0x10,
    EE_LOADED = 0x11,
    EE_SET_POINT = 0x12,
    EE_RUN = 0x13,
    EE_SOUND = 0x14,
    EE_RESULT = 0x15,
    EE_WATCH = 0x18,
    EE_TELEMETRY = 0x19,
    EE_LIST_FILES = 0x20,
    EE_SLOT = 0x21,
    EE_FILE = 0x22,
    EE_BEGIN = 0x23,
    EE_PUT = 0x24,
    EE_PUT_CHUNK = 0x25,
    EE_VERIFY = 0x26,
    EE_SWITCH = 0x27,
    EE_ROLLBACK = 0x28,
};

struct ee_hello {
    uint8_t oldest;
    uint8_t newest;
    uint16_t max_body;
    uint32_t capabilities;
    uint32_t session;
    struct ee_text program;
    struct ee_text board;
};

struct ee_ack {
    uint16_t number;
};

struct ee_refused {
    uint16_t number;
    struct ee_text kind;
    struct ee_text what;
    struct ee_text tries;
};

struct ee_log {
    uint8_t level;
    struct ee_text text;
};

struct ee_load {
    struct ee_text board;
    struct ee_text point;
};

struct ee_loaded {
    const uint8_t *identity;
    struct ee_data exits;
    struct ee_text points;
    struct ee_text point;
};

struct ee_set_point {
    struct ee_text point;
    uint8_t deepest;
};

struct ee_run {
    uint32_t utterance;
    uint32_t samples;
    uint32_t sample_rate;
};

struct ee_sound {
    uint32_t utterance;
    uint32_t first;
    struct ee_data samples;
};

struct ee_result {
    uint32_t utterance;
    uint8_t exit;
    uint8_t more;
    float blocks;
    float duration_s;
    float latency_s;
    float loading_s;
    float score;
    struct ee_text point;
    struct ee_text text;
};

struct ee_watch {
    uint32_t interval_ms;
};

struct ee_telemetry {
    uint64_t time_ms;
    float celsius;
    float battery_percent;
    uint8_t charging;
    uint16_t queue;
    float real_time_factor;
    uint32_t utterances;
    uint8_t deepest;
    struct ee_text point;
};

struct ee_list_files {
    uint8_t slot;
};

struct ee_slot {
    uint8_t slot;
    const uint8_t *identity;
    uint16_t files;
    uint64_t free_bytes;
};

struct ee_file {
    uint16_t index;
    uint32_t size;
    const uint8_t *sha256;
    struct ee_text path;
};

struct ee_begin {
    const uint8_t *identity;
    uint16_t files;
    uint64_t size;
    struct ee_text name;
};

struct ee_put {
    uint32_t size;
    const uint8_t *sha256;
    struct ee_text path;
};

struct ee_put_chunk {
    uint32_t first;
    struct ee_data data;
};

struct ee_verify {
    const uint8_t *identity;
};

struct ee_switch {
    const uint8_t *identity;
};

union ee_message {
    struct ee_hello hello_;
    struct ee_ack ack_;
    struct ee_refused refused_;
    struct ee_log log_;
    struct ee_load load_;
    struct ee_loaded loaded_;
    struct ee_set_point set_point_;
    struct ee_run run_;
    struct ee_sound sound_;
    struct ee_result result_;
    struct ee_watch watch_;
    struct ee_telemetry telemetry_;
    struct ee_list_files list_files_;
    struct ee_slot slot_;
    struct ee_file file_;
    struct ee_begin begin_;
    struct ee_put put_;
    struct ee_put_chunk put_chunk_;
    struct ee_verify verify_;
    struct ee_switch switch_;
};

enum ee_kind {
    EE_U8,
    EE_U16,
    EE_U32,
    EE_U64,
    EE_F32,
    EE_F32_OR_NAN,
    EE_HASH,
    EE_TEXT,
    EE_DATA,
};

/* Where a field lies in its message's structure; `most` is of texts and data. */
struct ee_field {
    uint8_t kind;
    uint16_t most;
    uint16_t offset;
};

struct ee_layout {
    uint8_t type;
    uint8_t count;
    const struct ee_field *fields;
};

#define EE_LAYOUTS 21
extern const struct ee_layout ee_layouts[EE_LAYOUTS];

enum ee_score {
    EE_ENTROPY_NATS,
    EE_ENTROPY_PER_SYMBOL,
    EE_ENTROPY_NORMALISED,
    EE_NONBLANK_ENTROPY_NATS,
    EE_NONBLANK_ENTROPY_PER_SYMBOL,
    EE_NONBLANK_ENTROPY_NORMALISED,
    EE_MEAN_MAX_PROBABILITY,
    EE_LOW_DECILE_MAX_PROBABILITY,
    EE_MEAN_MARGIN,
    EE_LEAST_SYMBOL_PROBABILITY,
    EE_EXPECTED_SYMBOL_ERRORS,
    EE_NBEST_POSTERIOR,
    EE_EDIT_RATE,
    EE_STABLE_EXITS,
    EE_NEARLY_STABLE_EXITS,
    EE_ENTROPY_DROP,
    EE_UNSEEN_NGRAMS,
    EE_UNIT_ENTROPY_NATS,
    EE_BLANK_SHARE,
    EE_SYMBOLS,
    EE_SYMBOLS_PER_S,
    EE_SOUND_S,
    EE_LEVEL,
    EE_LEVEL_SPREAD,
};

#define EE_SCORES 18
#define EE_VALUES 24

/* A score, or a sign behind them; `surest` is NaN where the encoder decides. */
struct ee_score_info {
    const char *name;
    bool lower_is_surer;
    double surest;
};

extern const struct ee_score_info ee_scores[EE_VALUES];

/* Temperatures in degrees Celsius, times in seconds, battery in percent. */
struct ee_limits {
    double ceiling;
    double guard;
    double hysteresis;
    double stay;
    double dwell;
    double stale;
    double lasts;
    double reserve;
    double queue;
    double busy;
    double slowed;
};

extern const struct ee_limits ee_usual_limits;

#endif
