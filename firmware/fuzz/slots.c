/* Any order of the messages that flash a device, and of losses of power: what it runs is whole.
 *
 * An input is read byte by byte as what to do next. */
#include "slots.h"
#include "fuzz.h"

#include <string.h>

enum { BUNDLES = 3, FILES = 6, LARGEST = 256 };

struct input {
    const uint8_t *at, *end;
};

struct bundle {
    struct ee_put puts[FILES];
    uint8_t content[FILES][LARGEST], hashes[FILES][EE_SHA256_SIZE], identity[EE_SHA256_SIZE];
    uint64_t size;
};

static const char *const names[FILES] = {"manifest.json", "calibration/x.json", "a", "b", "c/d",
                                         "empty"};

static struct bundle bundles[BUNDLES];
static struct ee_slot_memory memory;

static uint8_t draw(struct input *input)
{
    return input->at < input->end ? *input->at++ : 0;
}

static void stay_alive(void)
{
}

/* Makes bundles of which some files are the same, by the same name or another. */
static void make_bundles(void)
{
    static struct ee_image image;
    for (size_t number = 0; number < BUNDLES; number++) {
        struct bundle *bundle = &bundles[number];
        image.count = 0;
        for (size_t file = 0; file < FILES; file++) {
            const uint32_t size = file == 5 ? 0 : (uint32_t)(10 + 40 * file + 4 * number);
            const int value = file == 2 ? 7 : (int)(file == 3 ? 8 : 10 * number + file);
            struct ee_sha256 hash;
            memset(bundle->content[file], value, size);
            ee_sha256_begin(&hash);
            ee_sha256_take(&hash, bundle->content[file], size);
            ee_sha256_end(&hash, bundle->hashes[file]);
            const struct ee_text path = {names[file], (uint16_t)strlen(names[file])};
            bundle->puts[file] = (struct ee_put){size, bundle->hashes[file], path};
            bundle->size += size;
            FUZZ_HOLDS(ee_image_add(&image, path, size, bundle->hashes[file]) >= 0);
        }
        ee_image_identity(&image, bundle->identity);
    }
}

/* Overwrites what a write that a loss of power cut short may have: never what is run. */
static void damage(struct input *input)
{
    const struct ee_pointer now = ee_pointer_read(&memory);
    struct ee_pointer *older = &memory.pointers[memory.pointers[0].sequence == now.sequence];
    const size_t place = (size_t)draw(input) << 8 | draw(input);
    if (draw(input) % 2 == 0) {
        ((uint8_t *)older)[place % sizeof *older] ^= draw(input);
    } else if (now.current != 0 && now.previous == 0) {
        ((uint8_t *)&memory.images[2 - now.current])[place % sizeof memory.images[0]] ^=
            draw(input);
    }
}

static void put_next(struct ee_slots *slots, struct input *input)
{
    const uint8_t number = draw(input);
    const struct bundle *bundle = &bundles[number % BUNDLES];
    const size_t file = number / BUNDLES % FILES;
    const struct ee_put *put = &bundle->puts[file];
    (void)ee_slots_put(slots, put);
    for (uint32_t first = 0, step = 1u + draw(input); first < put->size; first += step) {
        const uint32_t left = put->size - first;
        const uint16_t size = (uint16_t)(left < step ? left : step);
        const struct ee_put_chunk chunk = {first, {bundle->content[file] + first, size}};
        if (draw(input) % 16 != 15) {
            (void)ee_slots_chunk(slots, &chunk);
        }
    }
}

/* Does all that flashes a bundle, unless the input ends it. */
static void flash(struct ee_slots *slots, struct input *input)
{
    const struct bundle *bundle = &bundles[draw(input) % BUNDLES];
    const struct ee_begin begin = {bundle->identity, FILES, bundle->size, {"", 0}};
    (void)ee_slots_begin(slots, &begin);
    for (size_t file = 0; file < FILES; file++) {
        const struct ee_put_chunk chunk = {
            0, {bundle->content[file], (uint16_t)bundle->puts[file].size}};
        if (draw(input) % 32 == 31) {
            return;
        }
        (void)ee_slots_put(slots, &bundle->puts[file]);
        (void)ee_slots_chunk(slots, &chunk);
    }
    if (ee_slots_verify(slots, bundle->identity) == NULL) {
        FUZZ_HOLDS(ee_slots_switch(slots, bundle->identity) == NULL);
    }
}

static void start_anew(struct ee_slots *slots)
{
    *slots = (struct ee_slots){&memory, "x", stay_alive, .last = -1};
}

static void step(struct ee_slots *slots, struct input *input)
{
    const struct bundle *bundle = &bundles[draw(input) % BUNDLES];
    const struct ee_begin begin = {bundle->identity, FILES, bundle->size, {"", 0}};
    switch (draw(input) % 9) {
    case 0:
        (void)ee_slots_begin(slots, &begin);
        break;
    case 1:
    case 2:
        put_next(slots, input);
        break;
    case 3:
        (void)ee_slots_verify(slots, bundle->identity);
        break;
    case 4:
        (void)ee_slots_switch(slots, bundle->identity);
        break;
    case 5:
        (void)ee_slots_rollback(slots);
        break;
    case 6:
        flash(slots, input);
        break;
    case 7:
        damage(input);
        start_anew(slots);
        break;
    default:
        start_anew(slots);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct ee_slots slots;
    start_anew(&slots);
    if (bundles[0].size == 0) {
        make_bundles();
    }
    memset(&memory, size > 0 ? data[0] : 0, sizeof memory);
    bool flashed = false;
    while (input.at < input.end) {
        uint8_t identity[EE_SHA256_SIZE];
        step(&slots, &input);
        const struct ee_image *run = ee_slots_image(&slots, EE_CURRENT, identity);
        FUZZ_HOLDS(run != NULL || !flashed);
        FUZZ_HOLDS(run == NULL || ee_slots_check(&slots, run, identity) == NULL);
        flashed = run != NULL;
        for (uint8_t slot = EE_PREVIOUS; slot <= EE_WRITTEN; slot++) {
            const struct ee_image *other = ee_slots_image(&slots, slot, identity);
            for (size_t at = 0; other != NULL && at < other->count; at++) {
                uint8_t digest[EE_SHA256_SIZE];
                ee_image_digest(other, (int)at, digest, stay_alive);
            }
        }
    }
    return 0;
}
