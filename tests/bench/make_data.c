/* Made-up tables for the benchmark, the same bytes for the same arguments:
 *   make_data classes|numbers|linear ROWS FEATURES >FILE.csv
 * Features x1, x2, ... are standard normal, written with six decimals; the target y is last. "numbers" is a
 * curved function of 14 of them with noise, "classes" its sign (0 or 1), "linear" a weighted sum of all with
 * noise. The first rows of a longer table are a shorter one. */
#include "mltool/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 20240229, FEATURES_MIN = 14, FEATURES_MAX = 100000, CELL = 24 };

typedef double target_function(const double *x, size_t p, mlt_rng *rng);

/* Straight lines, curves and a product that no single feature shows; features beyond the 14th have no say. */
static double curved(const double *x, size_t p, mlt_rng *rng) {
    (void)p;
    double y = x[0] + 0.7 * x[1] - 0.5 * x[2] + x[3] * x[4] + sin(2 * x[5]) + 0.5 * (x[6] * x[6] - 1);
    for (size_t j = 7; j < FEATURES_MIN; j++)
        y += 0.15 * x[j];
    return y + mlt_rng_gauss(rng);
}

static double sign(const double *x, size_t p, mlt_rng *rng) { return curved(x, p, rng) > 0; }

static double weighted(const double *x, size_t p, mlt_rng *rng) {
    double y = 3;
    for (size_t j = 0; j < p; j++)
        y += (j % 2 ? -1.0 : 1.0) / (double)(1 + j % 10) * x[j];
    return y + mlt_rng_gauss(rng);
}

/* printf would take ten times as long. */
static char *put(char *at, double value, int decimals) {
    unsigned long long scale = 1;
    for (int d = 0; d < decimals; d++)
        scale *= 10;
    unsigned long long digits = (unsigned long long)llround(fabs(value) * (double)scale);
    char text[CELL];
    size_t n = 0;
    for (int d = 0; d <= decimals || digits; d++) {
        if (decimals && d == decimals)
            text[n++] = '.';
        text[n++] = (char)('0' + digits % 10);
        digits /= 10;
    }
    if (signbit(value))
        *at++ = '-';
    while (n)
        *at++ = text[--n];
    return at;
}

static void write_header(size_t p) {
    for (size_t j = 0; j < p; j++)
        printf("x%zu,", j + 1);
    puts("y");
}

static void write_rows(size_t n, size_t p, target_function *target, int decimals, double *x, char *line) {
    mlt_rng rng;
    mlt_rng_seed(&rng, SEED);
    for (size_t i = 0; i < n; i++) {
        char *at = line;
        for (size_t j = 0; j < p; j++) {
            x[j] = mlt_rng_gauss(&rng);
            at = put(at, x[j], 6);
            *at++ = ',';
        }
        at = put(at, target(x, p, &rng), decimals);
        *at++ = '\n';
        fwrite(line, 1, (size_t)(at - line), stdout);
    }
}

/* 0 if the text is no number in the range. */
static size_t count_of(const char *text, size_t min, size_t max) {
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && value >= min && value <= max ? (size_t)value : 0;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        target_function *target;
        int decimals;
    } kinds[] = {{"classes", sign, 0}, {"numbers", curved, 6}, {"linear", weighted, 6}};
    size_t n_kinds = sizeof kinds / sizeof *kinds, kind = 0;
    while (argc == 4 && kind < n_kinds && strcmp(kinds[kind].name, argv[1]) != 0)
        kind++;
    size_t n = argc == 4 ? count_of(argv[2], 1, 1000000000) : 0;
    size_t p = argc == 4 ? count_of(argv[3], FEATURES_MIN, FEATURES_MAX) : 0;
    if (kind == n_kinds || !n || !p) {
        fprintf(stderr,
                "make_data: usage: make_data classes|numbers|linear ROWS FEATURES, %d features at least\n",
                FEATURES_MIN);
        return 2;
    }
    double *x = malloc(p * sizeof *x);
    char *line = malloc((p + 1) * CELL);
    bool made = x && line;
    if (made) {
        write_header(p);
        write_rows(n, p, kinds[kind].target, kinds[kind].decimals, x, line);
    }
    free(x);
    free(line);
    if (!made) {
        fputs("make_data: out of memory; ask for fewer features\n", stderr);
        return 6;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("make_data: standard output");
        return 5;
    }
    return 0;
}
