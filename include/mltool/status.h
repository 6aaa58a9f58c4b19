/** Status codes, the caller-owned error, and the caller's context. Every function that can fail returns an
 *  mlt_status and, on failure, fills the mlt_error its caller handed in. The library never prints or exits.
 */
#ifndef MLTOOL_STATUS_H
#define MLTOOL_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MLT_MUST_CHECK __attribute__((warn_unused_result))

typedef enum mlt_status {
    MLT_OK = 0,
    MLT_E_USAGE,     /**< an argument, an option or a combination of them is wrong */
    MLT_E_DATA,      /**< the input data are wrong */
    MLT_E_SCHEMA,    /**< the data do not fit the model's columns */
    MLT_E_MODEL,     /**< not a valid model file */
    MLT_E_IO,        /**< reading or writing failed */
    MLT_E_NOMEM,     /**< out of memory */
    MLT_E_LIMIT,     /**< a stated limit would be passed */
    MLT_E_NUMERIC,   /**< the computation has no finite result */
    MLT_E_CANCELLED, /**< the progress callback asked to stop */
} mlt_status;

/** What went wrong, in one line: "PLACE: what is wrong; what to do", without the program's name. */
typedef struct mlt_error {
    mlt_status status;
    char message[1000];
} mlt_error;

/** What a caller tells long operations. A NULL context, and NULL members, mean the defaults. */
typedef struct mlt_context {
    int threads; /**< at least 1; 0 = all cores. Results never depend on it. */
    void *user;  /**< handed to the callbacks */
    /** Called, from the calling thread, with something inferred or left out, one line without newline. */
    void (*note)(void *user, const char *line);
    /** Called now and then with the work done so far, of `total` (0: not known); false asks to stop
     * (MLT_E_CANCELLED). `what` is one word for the kind of work, such as "loading" (counted in bytes) or
     * "fitting" (in the model's steps); where more words follow, `done` is a mere share of `total`.
     *  May be called from any thread, never from two at once. */
    bool (*progress)(void *user, const char *what, size_t done, size_t total);
    /** Called, from the calling thread, before each round of boosting: the training rows' weights in their
     * order, which add up to about 1; borrowed. Rounds count from 0; the last may be given up. */
    void (*round)(void *round_user, size_t round, const double *weights, size_t n);
    void *round_user;
} mlt_context;

#endif
