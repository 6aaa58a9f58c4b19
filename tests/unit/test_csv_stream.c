/* A CSV file in blocks: together they are what reading it whole gives; what the first block decides; the
 * lines of rows. */
#include "data/csv_read.h"
#include "failing_malloc.h"
#include "scratch.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

/* All rows as text: numbers, or texts in quotes. Codes are local to a block, so cells are shown. */
static void show_rows(char *out, size_t size, const mlt_frame *frame) {
    size_t used = strlen(out);
    for (size_t i = 0; i < frame->n; i++)
        for (size_t j = 0; j < frame->p; j++) {
            const mlt_column *column = &frame->columns[j];
            const char *end = j + 1 < frame->p ? "," : "\n";
            if (column->type == MLT_NUMERIC)
                used += (size_t)snprintf(out + used, size - used, "%.17g%s", column->values[i], end);
            else
                used += (size_t)snprintf(out + used, size - used, "'%s'%s",
                                         column->codes[i] < 0 ? "" : column->levels[column->codes[i]], end);
            assert_true(used < size);
        }
}

static mlt_csv_stream *open_stream(const char *path, const mlt_csv_options *options, size_t block_bytes) {
    mlt_csv_stream *stream;
    mlt_error err;
    static const mlt_context two = {.threads = 2};
    mlt_csv__settings settings = {.block_bytes = block_bytes, .piece_bytes = 16};
    assert_ok(mlt_csv__stream_open(&stream, path, options, &settings, NULL, &two, &err), &err);
    return stream;
}

/* The rows in blocks of about `block_bytes`, and how many blocks they were. */
static size_t blocks(char *out, size_t size, const char *path, size_t block_bytes) {
    mlt_csv_stream *stream = open_stream(path, NULL, block_bytes);
    mlt_error err;
    size_t n = 0;
    *out = '\0';
    for (mlt_frame *frame;; n++) {
        assert_ok(mlt_csv_stream_next(&frame, stream, &err), &err);
        if (!frame)
            break;
        show_rows(out, size, frame);
        mlt_frame_free(frame);
    }
    mlt_csv_stream_free(stream);
    return n;
}

static void test_csv_stream__blocks_together_are_the_file(void **state) {
    scratch *dir = *state;
    static const char *const files[] = {
        "a,b,c\n1,x,2\n3,y,4\n5,z,6\n7,x,8\n9,w,10\n11,x,12\n",
        "a;b\r\n1;x\r\n;y\r\n2;x\r\n3;\r\n4;NA\r\n5;x\r\n6;y\r\n",
        "a,b\n1,\"x\ny\"\n2,\"q,\"\"r\"\"\"\n\n\n3,z\n4,\"text longer than a\nblock\"\n5,x\n6,x",
        "a,b,c\n1,x,2\n\n3,y,4\n5,z,6\n\n\n7,x,8\n9,w,10\n",
        "one\n1\n\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n",
    };
    char whole[4000], parts[4000];
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        mlt_frame *frame;
        mlt_error err;
        const char *path = scratch_write(dir, "f.csv", files[f], strlen(files[f]));
        assert_ok(mlt_csv_read(&frame, path, NULL, NULL, &err), &err);
        *whole = '\0';
        show_rows(whole, sizeof whole, frame);
        mlt_frame_free(frame);
        assert_int_equal(blocks(parts, sizeof parts, path, 1 << 16), 1);
        assert_string_equal(parts, whole);
        for (size_t bytes = 12; bytes <= 24; bytes += 4) {
            assert_true(blocks(parts, sizeof parts, path, bytes) > 1);
            assert_string_equal(parts, whole);
        }
    }
}

/* Every cell of column "at" is the row's line. */
static void test_csv_stream__knows_the_lines_of_rows(void **state) {
    scratch *dir = *state;
    static const char text[] = "at,b\n2,x\n3,\"x\ny\"\n\n6,z\n7,\"a\n\n\nb\"\n11,x\n \n13,x\nbad\n15,x\n";
    mlt_csv_options options = {.skip_bad_rows = true};
    mlt_error err;
    const char *path = scratch_write(dir, "f.csv", text, strlen(text));
    for (size_t bytes = 8; bytes <= 128; bytes *= 2) {
        mlt_csv_stream *stream = open_stream(path, &options, bytes);
        size_t rows = 0;
        for (mlt_frame *frame;;) {
            assert_ok(mlt_csv_stream_next(&frame, stream, &err), &err);
            if (!frame)
                break;
            for (size_t i = 0; i < frame->n; i++, rows++)
                assert_int_equal(mlt_csv_stream_line(stream, i), (size_t)frame->columns[0].values[i]);
            mlt_frame_free(frame);
        }
        assert_int_equal(rows, 7);
        assert_int_equal(mlt_csv_stream_skipped(stream), 1);
        mlt_csv_stream_free(stream);
    }
}

/* The status of the block that fails. */
static mlt_status read_all(const char *path, const mlt_csv_options *options, mlt_error *err) {
    mlt_csv_stream *stream = open_stream(path, options, 16);
    mlt_status status;
    for (mlt_frame *frame = NULL;;) {
        status = mlt_csv_stream_next(&frame, stream, err);
        if (status != MLT_OK || !frame)
            break;
        mlt_frame_free(frame);
    }
    mlt_csv_stream_free(stream);
    return status;
}

static void test_csv_stream__the_first_block_decides_types(void **state) {
    scratch *dir = *state;
    static const char text[] = "a,b,y\n1,x,2\n3,x,4\n5,x,6\n7,8,9\n8,7,1\noops,7,1\n3,4,5\n";
    mlt_error err;
    const char *path = scratch_write(dir, "f.csv", text, strlen(text));
    assert_int_equal(read_all(path, NULL, &err), MLT_E_DATA);
    assert_string_equal(
        strrchr(err.message, '/') + 1,
        "f.csv:7:1: \"oops\" in column \"a\" is not a number, but the first 2 rows, which decide "
        "it in a stream, have numbers there; correct it, or read the column as text with "
        "--categorical \"a\"");
    const char *categorical[] = {"a"};
    mlt_csv_options options = {.categorical = categorical, .n_categorical = 1};
    assert_ok(read_all(path, &options, &err), &err);
}

static void test_csv_stream__reports_what_the_reader_does(void **state) {
    scratch *dir = *state;
    static const char *const cases[][2] = {
        {"a,b\n1,2\n3,4\n5,6\n7,8,9\n", ":5: expected 2 fields, found 3"},
        {"a,b\n1,2\n3,4\n5,6\n7,inf\n", ":5:2: \"inf\""},
        {"a,b\n1,2\n3,4\n5,6\n7,\"8\n", ":5"},
        {"a,b\n", "no data rows"},
        {"", "empty"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlt_csv_stream *stream = NULL;
        mlt_error err = {0};
        mlt_csv__settings settings = {.block_bytes = 8};
        const char *path = scratch_write(dir, "f.csv", cases[i][0], strlen(cases[i][0]));
        mlt_status status = mlt_csv__stream_open(&stream, path, NULL, &settings, NULL, NULL, &err);
        for (mlt_frame *frame = NULL; status == MLT_OK; mlt_frame_free(frame)) {
            status = mlt_csv_stream_next(&frame, stream, &err);
            assert_true(status != MLT_OK || frame);
        }
        assert_int_equal(status, MLT_E_DATA);
        assert_non_null(strstr(err.message, cases[i][1]));
        mlt_csv_stream_free(stream);
    }
}

static void test_csv_stream__digests_what_it_read(void **state) {
    scratch *dir = *state;
    char digest[65];
    mlt_error err;
    mlt_frame *frame;
    mlt_csv_options options = {.digest = true};
    static const char text[] = "a,b\n1,2\n3,4\n5,6\n7,8\n";
    const char *path = scratch_write(dir, "f.csv", text, strlen(text));
    mlt_csv_stream *stream = open_stream(path, &options, 8);
    do {
        assert_ok(mlt_csv_stream_next(&frame, stream, &err), &err);
        mlt_frame_free(frame);
    } while (frame);
    mlt_csv_stream_digest(stream, digest);
    mlt_csv_stream_free(stream);
    assert_ok(mlt_csv_read(&frame, path, &options, NULL, &err), &err);
    assert_string_equal(digest, frame->sha256);
    mlt_frame_free(frame);
}

/* Between two blocks (whole commands test it within one). */
static void test_csv_stream__stops_when_told(void **state) {
    scratch *dir = *state;
    static const char text[] = "a,b\n1,2\n3,4\n5,6\n7,8\n";
    volatile sig_atomic_t stop = 0;
    mlt_csv_stream *stream;
    mlt_csv__settings settings = {.block_bytes = 8};
    mlt_frame *frame;
    mlt_error err;
    const char *path = scratch_write(dir, "f.csv", text, strlen(text));
    assert_ok(mlt_csv__stream_open(&stream, path, NULL, &settings, &stop, NULL, &err), &err);
    assert_ok(mlt_csv_stream_next(&frame, stream, &err), &err);
    assert_int_equal(frame->n, 2);
    mlt_frame_free(frame);
    assert_false(mlt_csv_stream_stopped(stream));
    stop = 1;
    assert_ok(mlt_csv_stream_next(&frame, stream, &err), &err);
    assert_null(frame);
    assert_true(mlt_csv_stream_stopped(stream));
    mlt_csv_stream_free(stream);
}

static void test_csv_stream__survives_any_failing_allocation(void **state) {
    scratch *dir = *state;
    if (!can_fail_allocations())
        skip();
    static const char text[] = "a,b,c\n1,x,2\n3,y,4\n5,z,6\n7,x,\"8\"\n9,w,10\n11,x,12\n";
    const char *path = scratch_write(dir, "f.csv", text, strlen(text));
    static const mlt_context one = {.threads = 1};
    mlt_csv__settings settings = {.block_bytes = 16};
    long n = 0;
    /* Some failures do no harm: it ends when none was met. */
    for (bool met = true; met; n++) {
        mlt_status status;
        mlt_csv_stream *stream = NULL;
        mlt_error err = {0};
        allocations_left = n;
        status = mlt_csv__stream_open(&stream, path, NULL, &settings, NULL, &one, &err);
        for (bool more = true; status == MLT_OK && more;) {
            mlt_frame *frame = NULL;
            status = mlt_csv_stream_next(&frame, stream, &err);
            more = frame != NULL;
            mlt_frame_free(frame);
        }
        met = allocations_left < 0;
        allocations_left = -1;
        if (status != MLT_OK && status != MLT_E_NOMEM)
            fail_msg("allocation %ld: status %d, %s", n, (int)status, err.message);
        mlt_csv_stream_free(stream);
    }
    assert_true(n > 30);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_csv_stream__##name, scratch_setup, scratch_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(blocks_together_are_the_file),
        TEST(knows_the_lines_of_rows),
        TEST(the_first_block_decides_types),
        TEST(reports_what_the_reader_does),
        TEST(digests_what_it_read),
        TEST(stops_when_told),
        TEST(survives_any_failing_allocation),
    };
    return cmocka_run_group_tests_name("csv_stream", tests, NULL, NULL);
}
