/* Time, through the library's public interface, what the program does not report by itself:
 *   time_library load DATA.csv THREADS           reading; checked by the sum of all numbers
 *   time_library predict MODEL DATA.csv THREADS  the rows that `mltool fit` tests on; by the accuracy
 * Prints one line, "load SECONDS CHECK" or "predict SECONDS CHECK". */
#include "clock.h"
#include "mltool/mltool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double sum_of(const mlt_frame *frame) {
    double sum = 0;
    for (size_t j = 0; j < frame->p; j++)
        for (size_t i = 0; frame->columns[j].values && i < frame->n; i++)
            sum += frame->columns[j].values[i];
    return sum;
}

static mlt_status time_load(const char *path, const mlt_context *ctx, mlt_error *err) {
    static const mlt_csv_options defaults;
    mlt_frame *frame;
    double start = now();
    mlt_status status = mlt_csv_read(&frame, path, &defaults, ctx, err);
    if (status != MLT_OK)
        return status;
    double seconds = now() - start;
    printf("load %.9f %.10g\n", seconds, sum_of(frame));
    mlt_frame_free(frame);
    return MLT_OK;
}

static mlt_status time_rows(const mlt_model *model, const mlt_dataset *data, const mlt_split *split,
                            const mlt_context *ctx, mlt_error *err) {
    double *proba = calloc(split->n_test * mlt_model_width(model) + 1, sizeof *proba);
    uint32_t *predicted = calloc(split->n_test + 1, sizeof *predicted);
    mlt_status status = MLT_E_NOMEM;
    if (proba && predicted) {
        double start = now();
        status = mlt_model_predict(proba, predicted, model, data, split->test, split->n_test, ctx, err);
        double seconds = now() - start;
        size_t right = 0;
        for (size_t i = 0; status == MLT_OK && i < split->n_test; i++)
            right += predicted[i] == data->labels[split->test[i]];
        if (status == MLT_OK)
            printf("predict %.9f %.17g\n", seconds, (double)right / (double)split->n_test);
    } else {
        snprintf(err->message, sizeof err->message, "out of memory; use fewer rows");
    }
    free(proba);
    free(predicted);
    return status;
}

static mlt_status time_predict(const char *model_path, const char *path, const mlt_context *ctx,
                               mlt_error *err) {
    static const mlt_csv_options defaults;
    static const mlt_encode_options encode = {.need_target = true};
    static const mlt_split_options holdout = {.test_size = 0.2, .random_state = 42};
    mlt_model *model = NULL;
    mlt_frame *frame = NULL;
    mlt_dataset *data = NULL;
    mlt_split split = {0};
    mlt_status status = mlt_model_file_load(&model, NULL, model_path, ctx, err);
    if (status == MLT_OK)
        status = mlt_csv_read(&frame, path, &defaults, ctx, err);
    if (status == MLT_OK)
        status = mlt_dataset_encode(&data, frame, mlt_model_schema(model), &encode, ctx, err);
    if (status == MLT_OK && !data->labels) {
        status = MLT_E_USAGE;
        snprintf(err->message, sizeof err->message, "%s: predicts numbers; give a classifier", model_path);
    }
    if (status == MLT_OK)
        status = mlt_split_holdout(&split, data->n, &holdout, err);
    if (status == MLT_OK)
        status = time_rows(model, data, &split, ctx, err);
    mlt_split_clear(&split);
    mlt_dataset_free(data);
    mlt_model_free(model);
    return status;
}

int main(int argc, char **argv) {
    mlt_context ctx = {.threads = argc > 3 ? (int)strtol(argv[argc - 1], NULL, 10) : 0};
    mlt_error err = {0};
    mlt_status status;
    if (argc == 4 && strcmp(argv[1], "load") == 0) {
        status = time_load(argv[2], &ctx, &err);
    } else if (argc == 5 && strcmp(argv[1], "predict") == 0) {
        status = time_predict(argv[2], argv[3], &ctx, &err);
    } else {
        fputs("time_library: usage: time_library load DATA.csv THREADS\n"
              "                     time_library predict MODEL DATA.csv THREADS\n",
              stderr);
        return 2;
    }
    if (status != MLT_OK) {
        fprintf(stderr, "time_library: %s\n", err.message);
        return 1;
    }
    return 0;
}
