/** Signals, and the three standard descriptors. */
#ifndef MLT_CLI_SIGNALS_H
#define MLT_CLI_SIGNALS_H

#include "mltool/status.h"

#include <signal.h>

/** Give descriptors 0, 1 and 2 that are closed something harmless, so that no file opened later takes their
 * place: whoever uses them gets the error that a closed one gives. */
void cli_signals_guard_streams(void);
/** Interrupt, terminate and hang-up: remove unfinished files, then die of the signal. A full disk or a size
 * limit is an error of the write, not a signal. */
void cli_signals_install(void);
/** From now on the first interrupt only sets what is returned; the second one is as ever. */
const volatile sig_atomic_t *cli_signals_stop_on_interrupt(void);
/** Interrupts are as ever again. If one was waited for in vain, because what it should have ended `succeeded`
 * not, the program ends of it now. */
void cli_signals_interrupt_again(bool succeeded);
/** Flush and close stdout.
 *  @return MLT_OK, MLT_E_IO. If the reader has gone, the program ends as SIGPIPE ends one. */
MLT_MUST_CHECK mlt_status cli_signals_close_stdout(mlt_error *err);

#endif
