/* The fast lane against libcsv: random and chosen texts, every size of block, several sizes of piece and
 * numbers of threads: the same cells, facts, notes and errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "csv_outcome.h"

static uint64_t random_state = UINT64_C(0x2545F4914F6CDD1D);

static size_t below(size_t n) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state >> 11) % n;
}

/* libcsv reading all in one block and one thread: what every other way has to agree with. */
static const outcome_way reference = {.threads = 1, .settings = {.careful = true}};

static void compare(const outcome *expected, const char *text, size_t length, const mlt_csv_options *options,
                    const outcome_way *way) {
    outcome got = outcome_read(text, length, options, way);
    if (!outcome_same(expected, &got)) {
        fprintf(stderr, "block %zu, piece %zu, threads %d, careful %d, text:\n", way->settings.block_bytes,
                way->settings.piece_bytes, way->threads, way->settings.careful);
        for (size_t i = 0; i < length; i++)
            fprintf(stderr, text[i] >= ' ' && text[i] < 127 ? "%c" : "\\x%02X", (unsigned char)text[i]);
        fprintf(stderr, "\n");
        outcome_print("expected", expected);
        outcome_print("got", &got);
        fail();
    }
    outcome_clear(&got);
}

static const mlt_csv_options options[] = {
    {0},
    {.label = "(none)", .skip_bad_rows = true},
    {.delimiter = ',', .skip_bad_rows = true},
    {.delimiter = ';', .no_header = true},
    {.delimiter = ',', .na = (const char *const[]){"1", "x"}, .n_na = 2},
    {.delimiter = ',', .skip = 1, .no_header = true, .skip_bad_rows = true},
    {.delimiter = ',', .categorical = (const char *const[]){"a"}, .n_categorical = 1, .label = "b"},
    {.delimiter = '\t', .digest = true},
};
enum { N_OPTIONS = sizeof options / sizeof *options };

static const char *const corpus[] = {
    "a,b\n1,2\n3,4\n",
    "a,b\r\n1,2\r\n3,4\r\n",
    "a,b\r1,2\r3,4\r",
    "a,b\n\r1,2\r\n\n3,4\r\r5,6",
    "a\n1\n\n2\n\n",
    "a\r\n1\r\n\r\n2",
    "a,b\n1,\"x\ny\"\n2,\"\"\"\"\n3,z\n",
    "a,b\r\n1,\"x\r\n\r\ny\"\r\n2,\"\"\r\n3,z",
    "a,b\n1,\"never closed\n2,3\n4,5\n",
    "a,b\n1,2\nx\"y,3\n\"4\",5\n",
    "a,b\n\"1\"x,2\n3,4\n",
    "a,b\n1,2,3\n4\n5,6\n",
    "a,b\n1,2\na,b\n3,4\n",
    "a,b,\n1,2,\n3,4,\n",
    "a,b,\n1,2,\n3,4,5\n",
    "a,b\n 1 ,\t2\t\n  3,4  \n",
    "a,b\n1,x\n2,3\nx,4\n5,\"6\"\n",
    "a,b\n1,9007199254740993\n2,9007199254740995\n",
    "a,b\n1e400,inf\nx,3\n",
    "a,b\ninf,1\n-inf,1e999\n",
    "a,b\n1.7976931348623159e308,4.9e-324\n1e-400,123456789012345678901234567890\n",
    "a,b\n0.1234567890123456789012345,12345678.12345678\n1234567812345678,12345678e-8\n",
    "a,b\n1e5,1e+5\n1e,1e+\n1.5.5,--1\n+.5,-5.\n",
    "a;b\n1,5;2\n3,5;4\n",
    "a\tb\n1\t2\n\t\n3\t4\n",
    "# t\na,b\n1,2\n",
    "a,b\n1,2\n3\xE9,\xFF\n",
    "\357\273\277a,b\n1,2\n",
    "2019,b\n1,x\n2019,b\n",
    "a,b\n?,NA\n,nan\n1,-nan\n",
};

static void test_csv_lanes__chosen_texts_at_every_block_size(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof corpus / sizeof *corpus; i++) {
        size_t length = strlen(corpus[i]);
        for (size_t o = 0; o < N_OPTIONS; o++) {
            outcome expected = outcome_read(corpus[i], length, &options[o], &reference);
            for (size_t block = 1; block <= length + 1; block++) {
                outcome_way way = {.threads = 1 + (int)(block % 2),
                                   .settings = {block, 1 + block % 4, false}};
                compare(&expected, corpus[i], length, &options[o], &way);
            }
            outcome_clear(&expected);
        }
    }
}

/* Bits of which texts that look like CSV are made, with all that is unusual among them. */
static const char *const bits[] = {
    "a",
    "b",
    "x",
    "1",
    "2",
    "-1.5",
    "0.25",
    "1e3",
    "+.5",
    "5.",
    "12345678",
    "123456789.123456",
    "0x1F",
    "1e",
    "1e999",
    "inf",
    "nan",
    "NA",
    "?",
    " ",
    "  1 ",
    "\t",
    "\"x\"",
    "\"1\"",
    "\"",
    "\"\"",
    "\"x,y\"",
    "\"x\ny\"",
    "\"x\r\n\"\"y\"",
    ";",
    "a,b",
    "\r\n",
    "\xC3\xA9",
    "\xFF",
    "9007199254740993",
    "00000000000000000000001",
    "1.7976931348623157e308",
    "1,5",
    "-",
    "--",
    ".",
    "e5",
};
enum { N_BITS = sizeof bits / sizeof *bits };

static void test_csv_lanes__random_texts(void **state) {
    (void)state;
    for (int round = 0; round < 3000; round++) {
        outcome_text made = {0};
        const char *line_end = below(3) ? "\n" : below(2) ? "\r\n" : "\r";
        size_t p = 1 + below(3), rows = below(12);
        /* Most rows are in order: else nothing but the first error would be compared. */
        size_t odd = below(3) ? 40 : 4;
        outcome_add(&made, p == 1 ? "a%s" : p == 2 ? "a,b%s" : "a,b,c%s", line_end);
        for (size_t i = 0; i < rows; i++) {
            size_t fields = below(odd) ? p : below(5);
            for (size_t c = 0; c < fields; c++) {
                outcome_add(&made, "%s", c ? "," : "");
                if (below(odd))
                    outcome_add(&made, "%d", (int)below(30) - 10);
                else
                    outcome_add(&made, "%s", bits[below(N_BITS)]);
            }
            if (i + 1 < rows || below(4))
                outcome_add(&made, "%s", below(odd) ? line_end : below(2) ? "\n" : "\r");
        }
        if (made.length > 0 && below(50) == 0)
            made.text[below(made.length)] = '\0';
        size_t size = made.length + 2;
        outcome_way way = {.threads = 1 + (int)below(3),
                           .settings = {1 + below(size), 1 + below(size), below(4) == 0}};
        const mlt_csv_options *chosen = &options[below(N_OPTIONS)];
        outcome expected = outcome_read(made.text, made.length, chosen, &reference);
        compare(&expected, made.text, made.length, chosen, &way);
        outcome_clear(&expected);
        free(made.text);
    }
}

static void test_csv_lanes__large_tables(void **state) {
    (void)state;
    for (int round = 0; round < 12; round++) {
        outcome_text made = {0};
        bool quotes = round & 1, texts = round & 2, late = round >= 8;
        outcome_add(&made, "id,number,text,label\n");
        for (int i = 0; i < 4000; i++) {
            char text[32];
            snprintf(text, sizeof text, quotes && below(9) == 0 ? "\"t\n%zu\"" : "t%zu", below(300));
            outcome_add(&made, "%d,%.9g,%s,%zu\n", i, (double)below(1000000) / 7 - 1000, texts ? text : "",
                        below(round >= 4 ? 1002 : 3));
        }
        if (late)
            outcome_add(&made, "1,late,,2\n5,1,later,x\n");
        static const outcome_way large[] = {
            {.threads = 1},
            {.threads = 2, .settings = {.block_bytes = 4096, .piece_bytes = 512}},
            {.threads = 5, .settings = {.block_bytes = 65536, .piece_bytes = 1000}},
            {.threads = 2, .settings = {.block_bytes = 100, .piece_bytes = 1 << 20}},
            {.threads = 3, .settings = {.piece_bytes = 2000, .careful = true}},
        };
        outcome expected = outcome_read(made.text, made.length, &options[0], &reference);
        for (size_t w = 0; w < sizeof large / sizeof *large; w++)
            compare(&expected, made.text, made.length, &options[0], &large[w]);
        outcome_clear(&expected);
        free(made.text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv_lanes__chosen_texts_at_every_block_size),
        cmocka_unit_test(test_csv_lanes__random_texts),
        cmocka_unit_test(test_csv_lanes__large_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
