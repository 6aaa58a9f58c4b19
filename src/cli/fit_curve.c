/* mltool fit --learning-curve. */
#include "cli/fit_curve.h"

#include "cli/dividing.h"
#include "cli/folding.h"
#include "mltool/number.h"

#include <string.h>

mlt_status fit_curve_shares(double *out, const cli_list *texts, mlt_error *err) {
    cli_shown shown;
    if (texts->n > FIT_MAX_SHARES)
        return cli_fail(err, MLT_E_USAGE, "--learning-curve: %zu shares are more than %d; give fewer",
                        texts->n, FIT_MAX_SHARES);
    for (size_t i = 0; i < texts->n; i++) {
        const char *text = texts->items[i];
        if (!mlt_parse_double(&out[i], text, strlen(text)) || !(out[i] > 0 && out[i] <= 1))
            return cli_fail(
                err, MLT_E_USAGE,
                "--learning-curve: '%s' is not a share above 0 and up to 1; give shares such as 0.1,0.5,1",
                cli_show(&shown, text));
        if (i > 0 && out[i] <= out[i - 1])
            return cli_fail(err, MLT_E_USAGE,
                            "--learning-curve: '%s' is not more than the share before; give them ascending",
                            cli_show(&shown, text));
    }
    return MLT_OK;
}

mlt_status fit_curve_run(fit_work *w, mlt_error *err) {
    const fit_testing *testing = &w->options->testing;
    const mlt_dataset *data = w->training.data;
    mlt_division *division = &w->report.division;
    double shares[FIT_MAX_SHARES];
    mlt_curve curve = {0};
    cli_splits splits;
    mlt_status status;
    const mlt_context *ctx = w->call->ctx;
    CLI_TRY_GOTO(cli_divide(&splits, data, division, err), done);
    division->n_train = splits.items[0].n_train;
    division->n_test = splits.items[0].n_test;
    CLI_TRY_GOTO(fit_curve_shares(shares, &testing->learning_curve, err), done);
    mlt_fit_spec spec = fit_work_spec(w);
    CLI_TRY_GOTO(mlt_learning_curve(&curve, &spec, data, splits.items, splits.n, shares,
                                    testing->learning_curve.n, division->folds && !division->no_shuffle, ctx,
                                    err),
                 done);
    mlt_curve_report report = {.file = w->file,
                               .n = data->n,
                               .schema = data->schema,
                               .type = w->type,
                               .params = &w->params,
                               .division = *division,
                               .metric = w->report.metric,
                               .curve = &curve,
                               .seconds_load = w->report.seconds_load};
    mlt_report_options options = cli_report_options(&w->options->output);
    cli_console_erase();
    status = mlt_report_learning_curve(stdout, &report, &options, err);
done:
    mlt_curve_clear(&curve);
    cli_splits_clear(&splits);
    return status;
}
