/* Signals, and the three standard descriptors. */
#include "cli/signals.h"

#include "cli/console.h"
#include "cli/failure.h"
#include "mltool/model_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

void cli_signals_guard_streams(void) {
    /* The wrong direction on purpose: reading from a closed stdin and writing to a closed stdout must fail.
     */
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF && open("/dev/null", modes[fd]) != fd)
            _exit(cli_exit_code(MLT_E_IO));
}

/* The default action, again in force, ends the program once the handler returns. */
static void on_signal(int number) {
    int error = errno;
    mlt_model_file_cleanup();
    cli_console_erase();
    raise(number);
    errno = error;
}

static void install(int number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESETHAND}, before;
    sigemptyset(&action.sa_mask);
    /* What a parent wants ignored (nohup) stays ignored. */
    if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(number, &action, NULL);
}

void cli_signals_install(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        install(numbers[i], on_signal);
    signal(SIGXFSZ, SIG_IGN);
}

static volatile sig_atomic_t stop_asked;

static void on_first_interrupt(int number) {
    stop_asked = 1;
    install(number, on_signal);
}

const volatile sig_atomic_t *cli_signals_stop_on_interrupt(void) {
    stop_asked = 0;
    install(SIGINT, on_first_interrupt);
    return &stop_asked;
}

void cli_signals_interrupt_again(bool succeeded) {
    install(SIGINT, on_signal);
    if (stop_asked && !succeeded)
        raise(SIGINT);
}

mlt_status cli_signals_close_stdout(mlt_error *err) {
    bool failed = ferror(stdout) != 0;
    errno = 0;
    failed |= fflush(stdout) != 0;
    int error = errno;
    errno = 0;
    failed |= fclose(stdout) != 0;
    error = error ? error : errno;
    if (!failed)
        return MLT_OK;
    if (error == EPIPE) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    return cli_fail_io(err, "standard output", "written", error ? error : EIO);
}
