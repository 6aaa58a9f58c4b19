/* Texts to codes: an open-addressing hash table over one arena, so that nothing is allocated for a single
 * cell. */
#include "data/csv_dictionary.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/memory.h"
#include "core/number_powers.h"

typedef struct slot {
    uint32_t hash;
    int32_t code; /* −1: free */
} slot;

struct mlt_csv__dictionary {
    slot *slots; /* a power of two of them, at most three quarters used */
    size_t n_slots, n;
    size_t *ends; /* where each text ends in the arena */
    size_t end_capacity;
    char *arena;
    size_t arena_capacity;
    uint64_t seed; /* unknown to who writes the file: no input can make every text collide */
};

enum { FIRST_SLOTS = 64, FIRST_ENDS = 32, FIRST_ARENA = 512 };

mlt_csv__dictionary *mlt_csv__dictionary_new(void) {
    mlt_csv__dictionary *d = mlt__calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->n_slots = FIRST_SLOTS;
    d->slots = mlt__alloc(d->n_slots, sizeof *d->slots);
    d->end_capacity = FIRST_ENDS;
    d->ends = mlt__alloc(d->end_capacity, sizeof *d->ends);
    d->arena_capacity = FIRST_ARENA;
    d->arena = mlt__alloc(d->arena_capacity, 1);
    if (!d->slots || !d->ends || !d->arena) {
        mlt_csv__dictionary_free(d);
        return NULL;
    }
    memset(d->slots, 0xFF, d->n_slots * sizeof *d->slots);
    if (getrandom(&d->seed, sizeof d->seed, GRND_NONBLOCK) != sizeof d->seed)
        d->seed = (uint64_t)(uintptr_t)d;
    return d;
}

static uint64_t fold(uint64_t a, uint64_t b) {
    mlt__u128 product = (mlt__u128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint32_t hash_text(const char *text, size_t length, uint64_t seed) {
    uint64_t hash = seed ^ length;
    while (length > 0) {
        uint64_t word = 0;
        size_t step = length < sizeof word ? length : sizeof word;
        memcpy(&word, text, step);
        hash = fold(hash ^ word, UINT64_C(0x9E3779B97F4A7C15) ^ (seed << 1 | 1));
        text += step;
        length -= step;
    }
    return (uint32_t)(fold(hash, UINT64_C(0xD6E8FEB86659FD93)) >> 16);
}

const char *mlt_csv__dictionary_text(const mlt_csv__dictionary *d, size_t code, size_t *length) {
    size_t start = code > 0 ? d->ends[code - 1] : 0;
    *length = d->ends[code] - start;
    return d->arena + start;
}

size_t mlt_csv__dictionary_size(const mlt_csv__dictionary *d) { return d->n; }

static bool grow_slots(mlt_csv__dictionary *d) {
    size_t n_slots = d->n_slots * 2;
    slot *slots = mlt__alloc(n_slots, sizeof *slots);
    if (!slots)
        return false;
    memset(slots, 0xFF, n_slots * sizeof *slots);
    for (size_t i = 0; i < d->n_slots; i++) {
        if (d->slots[i].code < 0)
            continue;
        size_t at = d->slots[i].hash & (n_slots - 1);
        while (slots[at].code >= 0)
            at = (at + 1) & (n_slots - 1);
        slots[at] = d->slots[i];
    }
    free(d->slots);
    d->slots = slots;
    d->n_slots = n_slots;
    return true;
}

static bool make_room(mlt_csv__dictionary *d, size_t bytes) {
    if (d->n == d->end_capacity) {
        size_t *ends = mlt__realloc(d->ends, d->end_capacity * 2, sizeof *ends);
        if (!ends)
            return false;
        d->ends = ends;
        d->end_capacity *= 2;
    }
    size_t used = d->n > 0 ? d->ends[d->n - 1] : 0;
    if (used + bytes > d->arena_capacity) {
        size_t capacity = (used + bytes) + (used + bytes) / 2;
        char *arena = mlt__realloc(d->arena, capacity, 1);
        if (!arena)
            return false;
        d->arena = arena;
        d->arena_capacity = capacity;
    }
    return d->n < d->n_slots / 4 * 3 || grow_slots(d);
}

int32_t mlt_csv__dictionary_add(mlt_csv__dictionary *d, const char *text, size_t length) {
    uint32_t hash = hash_text(text, length, d->seed);
    size_t at = hash & (d->n_slots - 1);
    for (; d->slots[at].code >= 0; at = (at + 1) & (d->n_slots - 1)) {
        if (d->slots[at].hash != hash)
            continue;
        size_t known_length;
        const char *known = mlt_csv__dictionary_text(d, (size_t)d->slots[at].code, &known_length);
        if (known_length == length && memcmp(known, text, length) == 0)
            return d->slots[at].code;
    }
    size_t slots = d->n_slots;
    if (d->n == INT32_MAX || !make_room(d, length))
        return -1;
    if (slots != d->n_slots)
        for (at = hash & (d->n_slots - 1); d->slots[at].code >= 0;)
            at = (at + 1) & (d->n_slots - 1);
    size_t start = d->n > 0 ? d->ends[d->n - 1] : 0;
    memcpy(d->arena + start, text, length);
    d->ends[d->n] = start + length;
    d->slots[at] = (slot){hash, (int32_t)d->n};
    return (int32_t)d->n++;
}

void mlt_csv__dictionary_free(mlt_csv__dictionary *d) {
    if (!d)
        return;
    free(d->slots);
    free(d->ends);
    free(d->arena);
    free(d);
}
