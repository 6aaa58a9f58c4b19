/* A Python script that fits the same model with pandas and scikit-learn, and prints the metrics as `fit
 * --format csv` does. */
#include "core/error.h"
#include "mltool/number.h"
#include "report/exporters.h"
#include "report/json_writer.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EXACT_ROWS = 100000 }; /* above, --method auto takes bins */

/* How the rows were divided, as the recipe says. */
typedef struct division {
    double test_size, train_size;
    bool stratify, shuffle;
    long long folds, train_rows;
    long long random_state;
    char *test_file; /* owned, or NULL */
} division;

/* ---- pieces of Python ---- */

/* A JSON string is a Python string. */
static void put_string(FILE *out, const char *text) {
    mlt__json json = {.out = out};
    mlt__put_text(&json, NULL, text);
}

static void put_strings(FILE *out, char *const *texts, size_t n) {
    fputc('[', out);
    for (size_t i = 0; i < n; i++) {
        fputs(i ? ", " : "", out);
        put_string(out, texts[i]);
    }
    fputc(']', out);
}

/* A float, even where it is whole. */
static void put_real(FILE *out, double value) {
    char text[32];
    mlt_format_double(text, value);
    fprintf(out, "%s%s", text, strpbrk(text, ".en") ? "" : ".0");
}

/* A choice, as scikit-learn spells it. */
static void put_choice(FILE *out, const char *name, const char *text) {
    if (strcmp(text, "all") == 0) {
        fputs("None", out);
        return;
    }
    fputc('"', out);
    for (; *text; text++)
        fputc(strcmp(name, "algorithm") == 0 ? toupper((unsigned char)*text)
              : *text == '-'                 ? '_'
                                             : *text,
              out);
    fputc('"', out);
}

static void put_value(FILE *out, const mlt_param_spec *spec, const mlt_param_value *value) {
    if (spec->kind == MLT_PARAM_BOOL)
        fputs(value->integer ? "True" : "False", out);
    else if (spec->kind == MLT_PARAM_REAL || value->is_share)
        put_real(out, value->real);
    else if (spec->kind == MLT_PARAM_CHOICE || value->integer == 0)
        put_choice(out, spec->name, value->text);
    else
        fprintf(out, "%lld", (long long)value->integer);
}

/* ---- the model ---- */

static bool is_one_of(const char *name, const char *const *names) {
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* Of a tree within an ensemble. */
static const char *const tree_params[] = {"criterion",         "max-depth",
                                          "min-samples-split", "min-samples-leaf",
                                          "max-leaf-nodes",    "min-impurity-decrease",
                                          "ccp-alpha",         NULL};

/* Does scikit-learn's default do? Then the script is easier to read without. */
static bool is_default(const mlt_param_spec *spec, const mlt_param_value *value) {
    char text[32];
    if (value->none)
        return true;
    if (strcmp(spec->name, "max-samples") == 0 || strcmp(spec->name, "ccp-alpha") == 0 ||
        strcmp(spec->name, "min-impurity-decrease") == 0) {
        mlt_format_double(text, value->is_share || spec->kind == MLT_PARAM_REAL ? value->real : -1);
        return strcmp(text, spec->kind == MLT_PARAM_REAL ? "0" : "1") == 0;
    }
    return strcmp(spec->name, "oob") == 0 && !value->integer;
}

/* The parameters as keyword arguments: those of the trees within, or the others. */
static void put_params(FILE *out, const mlt_model *model, bool of_tree, bool ensemble) {
    static const char *const ours[] = {"method", "max-bins", "base", "validation-fraction", NULL};
    const mlt_params *params = mlt_model_params(model);
    unsigned task = (unsigned)mlt_model_schema(model)->task;
    bool boosted = strcmp(mlt_model_type_of(model)->name, "adaboost") == 0, comma = false;
    for (size_t i = 0; i < params->n; i++) {
        const mlt_param_spec *spec = &params->specs[i];
        bool inner = ensemble && (is_one_of(spec->name, tree_params) ||
                                  (boosted && strcmp(spec->name, "max-features") == 0));
        if (inner != of_tree || is_one_of(spec->name, ours) || (spec->tasks && !(spec->tasks & task)) ||
            is_default(spec, &params->values[i]) || strcmp(spec->name, "algorithm") == 0)
            continue;
        fputs(comma ? ", " : "", out);
        comma = true;
        for (const char *c = spec->name; *c; c++)
            fputc(*c == '-' ? '_' : *c, out);
        fputs(strcmp(spec->name, "oob") == 0 ? "_score=" : "=", out);
        put_value(out, spec, &params->values[i]);
    }
    fputs(comma && !of_tree ? ", " : "", out);
}

static const char *kind(const mlt_model *model) {
    return mlt_model_schema(model)->task == MLT_CLASSIFICATION ? "Classifier" : "Regressor";
}

static void put_linear(FILE *out, const mlt_model *model, bool import) {
    const mlt_params *params = mlt_model_params(model);
    bool ridge = !mlt_params_get(params, "alpha")->none;
    const char *name = ridge ? "Ridge" : "LinearRegression";
    if (import) {
        fprintf(out, "from sklearn.linear_model import %s\n", name);
        return;
    }
    fprintf(out, "    return %s(fit_intercept=%s", name,
            mlt_params_bool(params, "intercept") ? "True" : "False");
    if (ridge) {
        fputs(", alpha=", out);
        put_real(out, mlt_params_real(params, "alpha"));
    }
    fputs(")\n", out);
}

/* The line that imports, and the one that makes the estimator. */
static mlt_status put_model(FILE *out, const mlt_model *model, bool import, mlt_error *err) {
    const char *name = mlt_model_type_of(model)->name;
    bool boosted = strcmp(name, "adaboost") == 0, bagged = strcmp(name, "bagging") == 0;
    bool linear = bagged && mlt_params_is(mlt_model_params(model), "base", "linear");
    unsigned seed = mlt_model_seed(model);
    if (strcmp(name, "linear") == 0) {
        put_linear(out, model, import);
    } else if (strcmp(name, "tree") == 0) {
        fprintf(out, import ? "from sklearn.tree import DecisionTree%s\n" : "    return DecisionTree%s(",
                kind(model));
        if (!import)
            put_params(out, model, false, false);
    } else if (strcmp(name, "random-forest") == 0) {
        fprintf(out, import ? "from sklearn.ensemble import RandomForest%s\n" : "    return RandomForest%s(",
                kind(model));
        if (!import)
            put_params(out, model, false, false);
    } else if (boosted || bagged) {
        const char *ensemble = boosted ? "AdaBoost" : "Bagging";
        bool algorithm = boosted && mlt_model_schema(model)->task == MLT_CLASSIFICATION;
        if (import && linear)
            fputs("from sklearn.linear_model import LinearRegression\n", out);
        else if (import)
            fprintf(out, "from sklearn.tree import DecisionTree%s\n", kind(model));
        if (import) {
            fprintf(out, "from sklearn.ensemble import %s%s\n%s", ensemble, kind(model),
                    algorithm ? "import sklearn\n" : "");
            return MLT_OK;
        }
        fputs("    base = ", out);
        if (linear) {
            fputs("LinearRegression()\n", out);
        } else {
            fprintf(out, "DecisionTree%s(", kind(model));
            put_params(out, model, true, true);
            fputs(")\n", out);
        }
        if (algorithm) {
            fputs("    # Versions from 1.6 on have SAMME only.\n    algorithm = {\"algorithm\": ", out);
            put_choice(out, "algorithm", mlt_params_choice(mlt_model_params(model), "algorithm"));
            fputs("} if tuple(map(int, sklearn.__version__.split(\".\")[:2])) < (1, 6) else {}\n", out);
        }
        fprintf(out, "    return %s%s(base, %s", ensemble, kind(model), algorithm ? "**algorithm, " : "");
        put_params(out, model, false, true);
    } else {
        return mlt__export_refuse(model, "a scikit-learn script", err);
    }
    if (!import && strcmp(name, "linear") != 0)
        fprintf(out, "random_state=%u)\n", seed);
    return MLT_OK;
}

/* ---- what scikit-learn cannot do ---- */

/* Powers of columns, and a penalty that was searched for, are not scikit-learn's. */
static mlt_status check_linear(const mlt_model *model, mlt_error *err) {
    const mlt_params *params = mlt_model_params(model);
    const char *other = !mlt_params_get(params, "poly")->none   ? "poly"
                        : mlt_params_is(params, "alpha", "gcv") ? "alpha gcv"
                                                                : NULL;
    return other ? mlt__raise(err, MLT_E_USAGE,
                              "--to: with --%s this is not a model of scikit-learn's; choose another format",
                              other)
                 : MLT_OK;
}

static mlt_status check(const mlt_model *model, const mlt_recipe *recipe, const division *d, mlt_error *err) {
    const mlt_schema *schema = mlt_model_schema(model);
    const mlt_params *params = mlt_model_params(model);
    bool terms = mlt_model_view_of(model).n_trees == 0;
    static const char *const known[] = {"linear", "tree", "bagging", "random-forest", "adaboost", NULL};
    if (!is_one_of(mlt_model_type_of(model)->name, known))
        return mlt__export_refuse(model, "a scikit-learn script", err);
    char shown[100];
    if (strcmp(mlt_model_type_of(model)->name, "linear") == 0)
        MLT_TRY(check_linear(model, err));
    for (size_t j = 0; !terms && j < schema->p; j++)
        if (schema->features[j].type == MLT_CATEGORICAL)
            return mlt__raise(
                err, MLT_E_USAGE,
                "--to: '%s' is a category, which scikit-learn's trees do not take; choose another format",
                mlt__printable(shown, sizeof shown, schema->features[j].name));
    if (mlt_params_spec(params, "early-stopping") && !mlt_params_get(params, "early-stopping")->none)
        return mlt__raise(
            err, MLT_E_USAGE,
            "--to: scikit-learn's AdaBoost does not stop early; fit without --early-stopping, or "
            "choose another format");
    bool binned = mlt_params_spec(params, "method") && !mlt_params_is(params, "method", "exact") &&
                  (mlt_params_is(params, "method", "hist") ||
                   (d->folds ? (long long)recipe->data_rows : d->train_rows) > EXACT_ROWS);
    if (binned)
        return mlt__raise(
            err, MLT_E_USAGE,
            "--to: the trees come from bins, which scikit-learn's do not; fit with --method exact, or "
            "choose another format");
    for (size_t j = 0; d->folds && j < schema->p; j++)
        if (schema->features[j].has_fill)
            return mlt__raise(
                err, MLT_E_USAGE,
                "--to: with --cv each fold had fills of its own for missing cells, which the model file "
                "does not keep; fit it without --cv");
    return MLT_OK;
}

/* ---- the recipe ---- */

static double real_of(const json_t *json, const char *key) {
    return json_number_value(json_object_get(json, key));
}

static mlt_status read_division(division *out, const mlt_recipe *recipe, mlt_error *err) {
    *out = (division){0};
    json_t *json = recipe->split ? json_loads(recipe->split, 0, NULL) : NULL;
    if (!json || !recipe->data_file)
        return mlt__raise(
            err, MLT_E_MODEL,
            "--to: the model file does not say how it came about; fit the model again with --save");
    *out = (division){.test_size = real_of(json, "test_size"),
                      .train_size = real_of(json, "train_size"),
                      .stratify = json_is_true(json_object_get(json, "stratify")),
                      .shuffle = !json_is_false(json_object_get(json, "shuffle")),
                      .folds = json_integer_value(json_object_get(json, "cv")),
                      .train_rows = json_integer_value(json_object_get(json, "train_rows")),
                      .random_state = json_integer_value(json_object_get(json, "random_state"))};
    const char *file = json_string_value(json_object_get(json, "test_file"));
    out->test_file = file ? strdup(file) : NULL;
    json_decref(json);
    return file && !out->test_file ? mlt__raise_nomem(err, 1) : MLT_OK;
}

/* ---- the script ---- */

static void put_imports(FILE *out, const division *d) {
    fputs("#!/usr/bin/env python3\n"
          "\"\"\"A model of mltool again, with scikit-learn: made by mltool export --to sklearn.\n\n"
          "usage: SCRIPT [DATA.csv]\n\n"
          "It prints what mltool fit --format csv prints.\n"
          "\"\"\"\n"
          "import sys\n\n"
          "import numpy as np\n"
          "import pandas as pd\n"
          "from sklearn import metrics\n",
          out);
    if (d->folds)
        fprintf(out, "from sklearn.model_selection import %sKFold\n", d->stratify ? "Stratified" : "");
    else if (d->test_size > 0 || d->train_size > 0)
        fputs("from sklearn.model_selection import train_test_split\n", out);
}

/* FEATURES: (name, levels or None, what fills missing cells or None). */
static void put_columns(FILE *out, const mlt_schema *schema) {
    fputs("\n# Each feature: its name, its categories, what fills its missing cells.\nFEATURES = [\n", out);
    for (size_t j = 0; j < schema->p; j++) {
        const mlt_feature *feature = &schema->features[j];
        bool category = feature->type == MLT_CATEGORICAL;
        fputs("    (", out);
        put_string(out, feature->name);
        fputs(", ", out);
        if (category)
            put_strings(out, feature->levels, feature->n_levels);
        else
            fputs("None", out);
        fputs(", ", out);
        if (!feature->has_fill)
            fputs("None", out);
        else if (category)
            put_string(out, feature->levels[feature->fill_code]);
        else
            put_real(out, feature->fill_value);
        fputs("),\n", out);
    }
    fputs("]\nTARGET = ", out);
    put_string(out, schema->target);
    if (schema->task == MLT_CLASSIFICATION) {
        fputs("\nCLASSES = ", out);
        put_strings(out, schema->classes, schema->k);
    }
    fputs("\n", out);
}

static void put_reading(FILE *out, const mlt_schema *schema, const mlt_recipe *recipe,
                        const mlt_export_options *options) {
    const mlt_csv_options none = {0}, *csv = options->csv ? options->csv : &none;
    bool classes = schema->task == MLT_CLASSIFICATION;
    const char delimiter[] = {recipe->delimiter ? recipe->delimiter : ',', '\0'};
    fputs("\n\ndef load(file):\n"
          "    \"\"\"The features, the target and the rows' weights.\"\"\"\n"
          "    texts = {name: str for name, levels, _ in FEATURES if levels is not None}\n",
          out);
    if (classes)
        fputs("    texts[TARGET] = str\n", out);
    if (!recipe->header)
        fputs("    texts = {int(name[1:]) - 1: str for name in texts}\n", out);
    fputs("    data = pd.read_csv(file, sep=", out);
    put_string(out, delimiter);
    fputs(", dtype=texts, float_precision=\"round_trip\", skipinitialspace=True", out);
    if (csv->na) {
        fputs(", keep_default_na=False, na_values=[\"\"", out);
        for (size_t i = 0; i < csv->n_na; i++) {
            fputs(", ", out);
            put_string(out, csv->na[i]);
        }
        fputs("]", out);
    } else {
        fputs(", na_values=[\"?\"]", out);
    }
    if (csv->skip)
        fprintf(out, ", skiprows=%zu", csv->skip);
    if (csv->skip_bad_rows)
        fputs(", on_bad_lines=\"skip\"", out);
    if (!recipe->header)
        fputs(", header=None", out);
    fputs(")\n", out);
    if (!recipe->header)
        fputs("    data.columns = [f\"x{j + 1}\" for j in range(data.shape[1])]\n", out);
    fputs("    data = data.dropna(subset=[TARGET", out);
    if (options->drop_missing)
        fputs("] + [name for name, _, _ in FEATURES", out);
    fputs("])\n"
          "    columns = {}\n"
          "    for name, levels, fill in FEATURES:\n"
          "        column = data[name] if fill is None else data[name].fillna(fill)\n"
          "        if column.isna().any():\n"
          "            sys.exit(f\"{name}: scikit-learn takes no missing cells\")\n"
          "        if levels is None:\n"
          "            columns[name] = column\n"
          "        else:\n"
          "            for level in levels[1:]:\n"
          "                columns[f\"{name}={level}\"] = (column == level).astype(float)\n",
          out);
    fputs(classes ? "    y = pd.Categorical(data[TARGET], categories=CLASSES).codes.astype(int)\n"
                  : "    y = data[TARGET].to_numpy(dtype=float)\n",
          out);
    fputs("    weights = ", out);
    if (schema->weights) {
        fputs("data[", out);
        put_string(out, schema->weights);
        fputs("].to_numpy(dtype=float)", out);
    } else {
        fputs("None", out);
    }
    fputs("\n    return pd.DataFrame(columns).to_numpy(), y, weights\n", out);
}

static void put_measures(FILE *out, const mlt_model *model) {
    bool classes = mlt_model_schema(model)->task == MLT_CLASSIFICATION;
    fputs("\n\ndef measure(model, X, y, weights):\n    predicted = model.predict(X)\n", out);
    if (!classes) {
        fputs("    mse = metrics.mean_squared_error(y, predicted, sample_weight=weights)\n"
              "    return {\n"
              "        \"mse\": mse,\n"
              "        \"rmse\": np.sqrt(mse),\n"
              "        \"mae\": metrics.mean_absolute_error(y, predicted, sample_weight=weights),\n"
              "        \"r2\": metrics.r2_score(y, predicted, sample_weight=weights),\n"
              "        \"max_error\": metrics.max_error(y, predicted),\n"
              "    }\n",
              out);
    } else {
        fputs("    seen = model.predict_proba(X)\n"
              "    proba = np.zeros((len(y), len(CLASSES)))\n"
              "    proba[:, model.classes_] = seen\n"
              "    macro = dict(average=\"macro\", zero_division=0, sample_weight=weights)\n"
              "    try:\n"
              "        auc = metrics.roc_auc_score(y, proba[:, 1] if len(CLASSES) == 2 else proba, "
              "multi_class=\"ovr\",\n"
              "                                    sample_weight=weights)\n"
              "    except ValueError:  # a class is not there\n"
              "        auc = float(\"nan\")\n"
              "    return {\n"
              "        \"accuracy\": metrics.accuracy_score(y, predicted, sample_weight=weights),\n"
              "        \"balanced_accuracy\": metrics.balanced_accuracy_score(y, predicted, "
              "sample_weight=weights),\n"
              "        \"precision\": metrics.precision_score(y, predicted, **macro),\n"
              "        \"recall\": metrics.recall_score(y, predicted, **macro),\n"
              "        \"f1\": metrics.f1_score(y, predicted, **macro),\n"
              "        \"log_loss\": metrics.log_loss(y, proba, labels=range(len(CLASSES)), "
              "sample_weight=weights),\n"
              "        \"roc_auc\": auc,\n"
              "    }\n",
              out);
    }
    fprintf(out,
            "\n\ndef show(place, values):\n"
            "    for name, value in values.items():\n"
            "        print(f\"%s,{place},{name},{'' if np.isnan(value) else repr(float(value))}\")\n",
            mlt_model_type_of(model)->name);
}

/* `split` of the arrays: train_test_split's arguments. */
static void put_split(FILE *out, const division *d) {
    fputs("rows = np.arange(len(y))\ntrain, test = train_test_split(rows", out);
    if (d->test_size > 0) {
        fputs(", test_size=", out);
        put_real(out, d->test_size);
    }
    if (d->train_size > 0) {
        fputs(", train_size=", out);
        put_real(out, d->train_size);
    }
    if (!d->shuffle)
        fputs(", shuffle=False", out);
    else
        fprintf(out, ", random_state=%lld%s", d->random_state, d->stratify ? ", stratify=y" : "");
    fputs(")\n", out);
}

static void put_folds(FILE *out, const division *d) {
    fprintf(out, "folds = %sKFold(%lld", d->stratify ? "Stratified" : "", d->folds);
    if (d->shuffle)
        fprintf(out, ", shuffle=True, random_state=%lld", d->random_state);
    fputs(")\n"
          "print(\"model,fold,part,metric,value\")\n"
          "found = {\"train\": [], \"test\": []}\n"
          "for fold, (train, test) in enumerate(folds.split(X, y), start=1):\n"
          "    model = fit(train)\n"
          "    for part, rows in ((\"train\", train), (\"test\", test)):\n"
          "        values = measure(model, X[rows], y[rows], None if weights is None else weights[rows])\n"
          "        found[part].append(values)\n"
          "        show(f\"{fold},{part}\", values)\n"
          "for what, function in ((\"mean\", np.mean), (\"sd\", lambda values: np.std(values, ddof=1))):\n"
          "    for part, values in found.items():\n"
          "        show(f\"{what},{part}\", {name: function([v[name] for v in values]) for name in "
          "values[0]})\n"
          "model = fit(np.arange(len(y)))\n",
          out);
}

static void put_run(FILE *out, const mlt_model *model, const mlt_recipe *recipe, const division *d) {
    fputs("\n\nfile = sys.argv[1] if len(sys.argv) > 1 else ", out);
    if (strcmp(recipe->data_file, "-") == 0)
        fputs("sys.stdin", out);
    else
        put_string(out, recipe->data_file);
    fputs("\nX, y, weights = load(file)\n\n\n"
          "def fit(rows):\n"
          "    return make_model().fit(X[rows], y[rows], **({} if weights is None else {\"sample_weight\": "
          "weights[rows]}))\n"
          "\n\n",
          out);
    if (d->folds) {
        put_folds(out, d);
        return;
    }
    bool holdout = d->test_size > 0 || d->train_size > 0;
    if (holdout)
        put_split(out, d);
    else
        fputs("train = np.arange(len(y))\n", out);
    fputs(
        "model = fit(train)\n"
        "print(\"model,part,metric,value\")\n"
        "show(\"train\", measure(model, X[train], y[train], None if weights is None else weights[train]))\n",
        out);
    if (holdout)
        fputs(
            "show(\"test\", measure(model, X[test], y[test], None if weights is None else weights[test]))\n",
            out);
    if (d->test_file) {
        fputs("show(\"test\", measure(model, *load(", out);
        put_string(out, d->test_file);
        fputs(")))\n", out);
    }
    if (!isnan(mlt_model_view_of(model).oob_score))
        fprintf(out, "show(\"oob\", {\"%s\": model.oob_score_})\n",
                mlt_model_schema(model)->task == MLT_CLASSIFICATION ? "accuracy" : "r2");
}

mlt_status mlt__export_sklearn(FILE *out, const mlt_model *model, const mlt_recipe *recipe,
                               const mlt_export_options *options, mlt_error *err) {
    division d;
    MLT_TRY(read_division(&d, recipe, err));
    mlt_status status = check(model, recipe, &d, err);
    if (status == MLT_OK) {
        put_imports(out, &d);
        status = put_model(out, model, true, err);
    }
    if (status == MLT_OK) {
        put_columns(out, mlt_model_schema(model));
        put_reading(out, mlt_model_schema(model), recipe, options);
        fputs("\n\ndef make_model():\n", out);
        status = put_model(out, model, false, err);
        put_measures(out, model);
        put_run(out, model, recipe, &d);
    }
    free(d.test_file);
    return status;
}
