/** What all unit tests include: cmocka and a few helpers. */
#ifndef MLT_TESTS_SUPPORT_H
#define MLT_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mltool/status.h"

/** Where the repository's data and fixtures are; the Makefile gives it. */
#ifndef MLT_SOURCE_DIR
#define MLT_SOURCE_DIR "."
#endif

/** Fail with the error's message unless `status` is MLT_OK. */
#define assert_ok(status, err)                                                                               \
    do {                                                                                                     \
        mlt_status assert_ok_status = (status);                                                              \
        if (assert_ok_status != MLT_OK)                                                                      \
            fail_msg("status %d: %s", (int)assert_ok_status, (err)->message);                                \
    } while (0)

#endif
