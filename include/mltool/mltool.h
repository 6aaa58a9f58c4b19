/** Everything the library offers. */
#ifndef MLTOOL_H
#define MLTOOL_H

#include "mltool/compare.h"
#include "mltool/csv_stream.h"
#include "mltool/dataset.h"
#include "mltool/describe.h"
#include "mltool/evaluate.h"
#include "mltool/explain.h"
#include "mltool/export.h"
#include "mltool/fit_stream.h"
#include "mltool/frame.h"
#include "mltool/importance.h"
#include "mltool/learning_curve.h"
#include "mltool/metrics.h"
#include "mltool/model.h"
#include "mltool/model_file.h"
#include "mltool/nearest.h"
#include "mltool/number.h"
#include "mltool/params.h"
#include "mltool/random.h"
#include "mltool/report.h"
#include "mltool/rows.h"
#include "mltool/schema.h"
#include "mltool/search_log.h"
#include "mltool/split.h"
#include "mltool/status.h"
#include "mltool/tensors.h"
#include "mltool/trace.h"
#include "mltool/tree.h"
#include "mltool/tune.h"

#endif
