/** Parameter tables: each model describes its parameters once; parsing, checking, defaults, help and JSON
 *  come from the table. */
#ifndef MLTOOL_PARAMS_H
#define MLTOOL_PARAMS_H

#include "mltool/status.h"

/** What is predicted. The values are bits, so a model's `tasks` is a set of them. */
typedef enum mlt_task { MLT_REGRESSION = 1, MLT_CLASSIFICATION = 2 } mlt_task;

/** "regression" or "classification". */
const char *mlt_task_name(mlt_task task);

typedef enum mlt_param_kind {
    MLT_PARAM_INT,     /**< a whole number in [min, max] */
    MLT_PARAM_REAL,    /**< a number in [min, max], or (min, max] with `open_min`; or one of `choices` */
    MLT_PARAM_BOOL,    /**< true or false; as an option `--name` or `--no-name` */
    MLT_PARAM_CHOICE,  /**< one of `choices` */
    MLT_PARAM_AMOUNT,  /**< a count (whole number ≥ 1), a share in (0, 1] written with a point, or one of
                            `choices` ("sqrt|log2|all") */
    MLT_PARAM_DEGREES, /**< degrees of polynomials: "3" for every numeric column, "COL:3" for one; several
                          with commas between */
} mlt_param_kind;

typedef struct mlt_param_spec {
    const char *name; /**< as an option: "max-depth" */
    mlt_param_kind kind;
    const char *default_text;            /**< "none" where the parameter may be absent */
    const char *default_regression_text; /**< NULL: the same for both tasks */
    double min, max;                     /**< INT and REAL; both inclusive unless open_min */
    bool open_min;
    const char *choices;            /**< "gini|entropy"; NULL if none. REAL: one word */
    const char *choices_regression; /**< NULL: the same for both tasks */
    const char *help;               /**< a phrase, lower case, no final stop */
    unsigned tasks;                 /**< set of mlt_task bits it is for; 0: both */
} mlt_param_spec;

typedef struct mlt_param_value {
    bool set;        /**< given by the user (or a file), else the default */
    bool none;       /**< "none" */
    bool is_share;   /**< AMOUNT: `real` is a share, not a count */
    bool is_word;    /**< REAL: `text` is one of the choices */
    int64_t integer; /**< INT, BOOL, AMOUNT as a count, and DEGREES if it is one for every numeric column */
    double real;     /**< REAL, AMOUNT as a share; INT too, converted */
    char text[256];  /**< CHOICE, AMOUNT's or REAL's word, DEGREES; else the value as written */
} mlt_param_value;

enum { MLT_MAX_PARAMS = 32, MLT_MAX_DEGREE = 30 };

typedef struct mlt_params {
    const mlt_param_spec *specs; /**< borrowed, static */
    size_t n;
    mlt_param_value values[MLT_MAX_PARAMS];
} mlt_params;

/** All parameters unset. `n` is at most MLT_MAX_PARAMS. */
void mlt_params_init(mlt_params *params, const mlt_param_spec *specs, size_t n);
/** The spec named `name` (dashes or underscores), or NULL. */
const mlt_param_spec *mlt_params_spec(const mlt_params *params, const char *name);
/** Parse and check one value.
 *  @return MLT_OK, MLT_E_USAGE (unknown name; out of range: the message gives the range) */
MLT_MUST_CHECK mlt_status mlt_params_set(mlt_params *params, const char *name, const char *text,
                                         mlt_error *err);
/** Once the task is known: fill in the defaults and refuse choices the task does not have.
 *  @return MLT_OK, MLT_E_USAGE */
MLT_MUST_CHECK mlt_status mlt_params_resolve(mlt_params *params, mlt_task task, mlt_error *err);

/** Values of resolved parameters; `name` must be in the table. */
const mlt_param_value *mlt_params_get(const mlt_params *params, const char *name);
bool mlt_params_bool(const mlt_params *params, const char *name);
/** `if_none` stands for "none". */
int64_t mlt_params_int(const mlt_params *params, const char *name, int64_t if_none);
double mlt_params_real(const mlt_params *params, const char *name);
const char *mlt_params_choice(const mlt_params *params, const char *name);
/** True if `name`'s value is the word `choice`. */
bool mlt_params_is(const mlt_params *params, const char *name, const char *choice);

#endif
