/* Files named on the command line. */
#include "cli/files.h"

#include "mltool/nearest.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directory that holds `path`: malloc'ed, NULL when memory is short. */
static char *directory_of(const char *path) {
    char *copy = strdup(path);
    char *directory = copy ? strdup(dirname(copy)) : NULL;
    free(copy);
    return directory;
}

static const char *base_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool same_inode(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool cli_same_file(const char *a, const char *b) {
    struct stat at_a, at_b;
    bool there_a = stat(a, &at_a) == 0, there_b = stat(b, &at_b) == 0;
    if (there_a || there_b)
        return there_a && there_b && S_ISREG(at_a.st_mode) && same_inode(&at_a, &at_b);
    if (strcmp(base_of(a), base_of(b)) != 0)
        return false;
    char *in_a = directory_of(a), *in_b = directory_of(b);
    bool same = in_a && in_b && stat(in_a, &at_a) == 0 && stat(in_b, &at_b) == 0 && same_inode(&at_a, &at_b);
    free(in_a);
    free(in_b);
    return same;
}

mlt_status cli_check_output(const char *path, const char *option, const char *const *inputs, mlt_error *err) {
    cli_shown shown;
    for (; *inputs; inputs++)
        if (strcmp(*inputs, "-") != 0 && cli_same_file(path, *inputs))
            return cli_fail(err, MLT_E_USAGE,
                            "--%s: '%s' is also the input, which it would replace; name another file", option,
                            cli_show(&shown, path));
    struct stat there;
    if (stat(path, &there) == 0) {
        if (S_ISDIR(there.st_mode))
            return cli_fail_io(err, path, "written", EISDIR);
        return access(path, W_OK) == 0 ? MLT_OK : cli_fail_io(err, path, "written", errno);
    }
    char *directory = directory_of(path);
    if (!directory)
        return cli_fail_memory(err);
    mlt_status status = MLT_OK;
    if (access(directory, W_OK | X_OK) != 0)
        status = cli_fail_io(err, path, "written", errno);
    free(directory);
    return status;
}

mlt_status cli_check_stdout(const char *input, mlt_error *err) {
    struct stat in, out;
    if (strcmp(input, "-") == 0 || stat(input, &in) != 0 || fstat(STDOUT_FILENO, &out) != 0)
        return MLT_OK;
    cli_shown shown;
    if (S_ISREG(in.st_mode) && same_inode(&in, &out))
        return cli_fail(err, MLT_E_USAGE,
                        "%s: is the input and standard output at once; write to another file",
                        cli_show(&shown, input));
    return MLT_OK;
}

mlt_csv_options cli_csv_options(const cli_reading *reading) {
    return (mlt_csv_options){.delimiter = reading->delimiter,
                             .no_header = reading->no_header,
                             .skip = (size_t)reading->skip,
                             .na = reading->na.items,
                             .n_na = reading->na.n,
                             .skip_bad_rows = reading->bad_rows != 0};
}

mlt_status cli_no_column(const mlt_frame *frame, const char *option, const char *name, mlt_error *err) {
    cli_shown file, shown, close;
    const char **names = calloc(frame->p + 1, sizeof *names);
    for (size_t j = 0; names && j < frame->p; j++)
        names[j] = frame->columns[j].name;
    const char *nearest = names ? mlt_nearest(name, names, frame->p) : NULL;
    free(names);
    return cli_fail(err, MLT_E_USAGE, "--%s: %s has no column '%s'; %s%s%s", option,
                    cli_show(&file, frame->source), cli_show(&shown, name),
                    nearest ? "did you mean '" : "see its first line",
                    nearest ? cli_show(&close, nearest) : "", nearest ? "'?" : "");
}

/* Is `name` a feature, the target or the weights of the model? */
static bool is_part(const mlt_schema *schema, const char *name) {
    for (size_t j = 0; j < schema->p; j++)
        if (strcmp(schema->features[j].name, name) == 0)
            return true;
    return strcmp(schema->target, name) == 0 || (schema->weights && strcmp(schema->weights, name) == 0);
}

mlt_status cli_read_for_model(mlt_frame **out, const char *path, const cli_reading *reading,
                              const mlt_schema *schema, const cli_list *text, const mlt_context *ctx,
                              mlt_error *err) {
    size_t n = 0, most = schema->p + (text ? text->n : 0);
    const char **categorical = calloc(most + 1, sizeof *categorical);
    if (!categorical)
        return cli_fail_memory(err);
    for (size_t j = 0; j < schema->p; j++)
        if (schema->features[j].type == MLT_CATEGORICAL)
            categorical[n++] = schema->features[j].name;
    for (size_t i = 0; text && i < text->n; i++)
        if (!is_part(schema, text->items[i]))
            categorical[n++] = text->items[i];
    mlt_csv_options options = cli_csv_options(reading);
    options.categorical = categorical;
    options.n_categorical = n;
    options.categorical_if_there = true; /* the model says better what it lacks */
    options.label = schema->target;
    mlt_status status = mlt_csv_read(out, path, &options, ctx, err);
    free(categorical);
    return status;
}
