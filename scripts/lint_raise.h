/* For clang-tidy, which sees one file at a time: that raising an error returns the status it is given, never MLT_OK.
 * scripts/lint includes this before each file but src/core/error.c. */
#include "core/error.h"

#define mlt__raise(err, status, ...) ((void)(mlt__raise)((err), (status), __VA_ARGS__), (status))
#define mlt__raise_nomem(err, bytes) ((void)(mlt__raise_nomem)((err), (bytes)), MLT_E_NOMEM)
