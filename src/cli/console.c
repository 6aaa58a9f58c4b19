/* Notes, progress and the error line. */
#include "cli/console.h"

#include "mltool/report.h"

#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Seconds. A rate needs a while to be more than noise. */
static const double FIRST_UPDATE = 0.5, UPDATE_INTERVAL = 0.1, LEAST_MEASURED = 0.2;

/* Whether a progress line stands on the terminal: a signal handler has to know. */
static volatile sig_atomic_t progress_shown;

double cli_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void cli_console_start(cli_console *console, bool quiet, cli_progress progress) {
    *console = (cli_console){.quiet = quiet};
    bool automatic = progress == CLI_PROGRESS_AUTO && isatty(STDERR_FILENO);
    console->progress = !quiet && (progress == CLI_PROGRESS_ALWAYS || automatic);
    /* What is done in a moment needs no progress line. */
    console->next_update = progress == CLI_PROGRESS_ALWAYS ? 0 : cli_now() + FIRST_UPDATE;
}

void cli_console_erase(void) {
    if (!progress_shown)
        return;
    progress_shown = 0;
    static const char erase[] = "\r\033[K";
    ssize_t written = write(STDERR_FILENO, erase, sizeof erase - 1);
    (void)written;
}

/* FNV-1a. */
static uint64_t hash(const char *text) {
    uint64_t h = 14695981039346656037u;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 1099511628211u;
    return h;
}

void cli_console_note(void *user, const char *line) {
    cli_console *console = user;
    if (console->quiet)
        return;
    uint64_t h = hash(line);
    for (size_t i = 0; i < console->n_said; i++)
        if (console->said[i] == h)
            return;
    if (console->n_said < CLI_MAX_NOTES)
        console->said[console->n_said++] = h;
    cli_console_erase();
    fputs("note: ", stderr);
    mlt_report_text(stderr, line);
    fputc('\n', stderr);
}

void cli_console_say(cli_console *console, const char *format, ...) {
    char line[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    cli_console_note(console, line);
}

/* Other work has begun if its name has changed or it has been done less of. */
static void follow(cli_console *console, const char *what, size_t done, double time) {
    size_t length = strcspn(what, " ");
    if (length >= sizeof console->what)
        length = sizeof console->what - 1;
    if (strncmp(console->what, what, length) != 0 || console->what[length] || done < console->last_done) {
        memcpy(console->what, what, length);
        console->what[length] = '\0';
        console->began = time;
        console->began_at = done;
    }
    console->last_done = done;
}

/* "12 MB/s" of bytes, else "12/s". */
static void show_rate(const char *what, double rate) {
    static const char *const prefixes[] = {"", "k", "M", "G"};
    bool bytes = strcmp(what, "loading") == 0;
    size_t i = 0;
    for (; rate >= 1000 && i < 3; i++)
        rate /= 1000;
    fprintf(stderr, rate < 10 ? "  %.1f" : "  %.0f", rate);
    fprintf(stderr, bytes ? " %sB/s" : "%s/s", prefixes[i]);
}

static void show_time_left(double seconds) {
    if (seconds < 60)
        fprintf(stderr, "  %.0f s left", ceil(seconds));
    else if (seconds < 3600)
        fprintf(stderr, "  %d min %02d s left", (int)(seconds / 60), (int)fmod(seconds, 60));
    else
        fprintf(stderr, "  %.1f hours left", seconds / 3600);
}

bool cli_console_progress(void *user, const char *what, size_t done, size_t total) {
    cli_console *console = user;
    if (!console->progress)
        return true;
    double time = cli_now();
    follow(console, what, done, time);
    if (time < console->next_update)
        return true;
    console->next_update = time + UPDATE_INTERVAL;
    fputc('\r', stderr);
    mlt_report_text(stderr, what);
    if (total)
        fprintf(stderr, " %.0f%%", floor(100.0 * (double)done / (double)total));
    double spent = time - console->began, rate = (double)(done - console->began_at) / spent;
    if (spent >= LEAST_MEASURED && rate > 0) {
        if (!strchr(what, ' '))
            show_rate(what, rate);
        if (total > done)
            show_time_left((double)(total - done) / rate);
    }
    fputs("\033[K", stderr);
    fflush(stderr);
    progress_shown = 1;
    return true;
}

void cli_console_error(const mlt_error *err) {
    cli_console_erase();
    fputs("mltool: ", stderr);
    mlt_report_text(stderr, err->message);
    fputc('\n', stderr);
}
