/** What the program says beside its results, all on stderr: notes, progress, the one error. */
#ifndef MLT_CLI_CONSOLE_H
#define MLT_CLI_CONSOLE_H

#include "mltool/status.h"

enum { CLI_MAX_NOTES = 64 };

typedef enum cli_progress { CLI_PROGRESS_AUTO, CLI_PROGRESS_ALWAYS, CLI_PROGRESS_NEVER } cli_progress;

typedef struct cli_console {
    bool quiet;
    bool progress;                /**< show it */
    double next_update;           /**< seconds of the monotonic clock; progress before is passed over */
    double began;                 /**< when the work at hand began */
    size_t began_at, last_done;   /**< how much was done then, and when last heard of */
    char what[24];                /**< its first word */
    uint64_t said[CLI_MAX_NOTES]; /**< hashes of the notes so far: each is said once */
    size_t n_said;
} cli_console;

/** Begin. Nothing is printed yet. */
void cli_console_start(cli_console *console, bool quiet, cli_progress progress);
/** An mlt_context.note, `user` being a cli_console: "note: LINE", once. */
void cli_console_note(void *user, const char *line);
/** A note of the program's own. */
void cli_console_say(cli_console *console, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** An mlt_context.progress: one line, rewritten at most ten times a second, with the rate and the time left.
 */
bool cli_console_progress(void *user, const char *what, size_t done, size_t total);
/** Erase the progress line, if there is one. Async-signal-safe. */
void cli_console_erase(void);
/** "mltool: MESSAGE", escaped. */
void cli_console_error(const mlt_error *err);
/** Seconds of the monotonic clock. */
double cli_now(void);

#endif
