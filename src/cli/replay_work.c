/* Redoing what a model file records: the recorded command line, made harmless, run in a process of its own.
 */
#include "cli/replay_work.h"

#include "cli/command_line.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the plan ---- */

/* An option that says what is done, not where to results go or how they look. */
static bool is_kept(const cli_option *option) {
    static const char *const dropped[] = {"threads", "quiet", "progress", "format", "digits", "no-color"};
    for (size_t i = 0; i < CLI_COUNT(dropped); i++)
        if (strcmp(option->name, dropped[i]) == 0)
            return false;
    /* --test is read; any other file would be written. */
    return !option->argument || strcmp(option->argument, "FILE") != 0 || strcmp(option->name, "test") == 0;
}

/* Copy the words of the options that are to be kept. Operands are the data, which may be elsewhere now. */
static size_t keep_options(char **to, const cli_grammar *grammar, char *const *words) {
    size_t n = 0;
    for (char *const *word = words; *word && strcmp(*word, "--") != 0; word++) {
        if (strncmp(*word, "--", 2) != 0)
            continue;
        char name[64];
        size_t length = strcspn(*word + 2, "=");
        snprintf(name, sizeof name, "%.*s", length < sizeof name ? (int)length : 0, *word + 2);
        const cli_option *option = cli_option_find(grammar, name, NULL);
        const mlt_param_spec *param = option ? NULL : cli_any_param(name);
        bool has_value = option ? option->kind != CLI_FLAG : param && param->kind != MLT_PARAM_BOOL;
        bool apart = has_value && !(*word)[2 + length];
        if (!option || is_kept(option)) {
            to[n++] = *word;
            if (apart)
                to[n++] = word[1];
        }
        word += apart;
    }
    return n;
}

static mlt_status parse_recorded(replay_plan *plan, mlt_error *err) {
    mlt_error own = {0};
    bool ours = plan->words[0] && strcmp(plan->words[0], "mltool") == 0 && plan->words[1];
    plan->command = ours ? cli_command_find(plan->words[1]) : NULL;
    if (!plan->command || !cli_option_find(&plan->command->grammar, "save", NULL))
        return cli_fail(err, MLT_E_MODEL,
                        "the model file records no command that fits a model; there is nothing to repeat");
    plan->options = calloc(1, plan->command->options_size);
    if (!plan->options)
        return cli_fail_memory(err);
    mlt_status status =
        cli_parse(&plan->parsed, plan->options, &plan->command->grammar, plan->words + 2, &own);
    if (status == MLT_E_USAGE)
        return cli_fail(err, MLT_E_MODEL, "the recorded command is not one of this version: %s", own.message);
    if (status != MLT_OK)
        *err = own;
    return status;
}

mlt_status replay_plan_read(replay_plan *plan, const char *recorded, const char *save, const char *data,
                            const char *threads, mlt_error *err) {
    *plan = (replay_plan){0};
    if (!recorded)
        return cli_fail(err, MLT_E_MODEL,
                        "the model file records no command; fit the model again with --save");
    CLI_TRY(cli_command_words(&plan->words, recorded, err));
    CLI_TRY(parse_recorded(plan, err));
    size_t most = 10;
    for (char *const *word = plan->words; *word; word++)
        most++;
    plan->argv = calloc(most, sizeof *plan->argv);
    if (!plan->argv)
        return cli_fail_memory(err);
    /* exec does not change the words, but its type does not say so. */
    char **to = plan->argv;
    *to++ = plan->words[0];
    *to++ = plan->words[1];
    to += keep_options(to, &plan->command->grammar, plan->words + 2);
    *to++ = (char *)"--quiet";
    *to++ = (char *)"--save";
    *to++ = (char *)save;
    if (threads) {
        *to++ = (char *)"--threads";
        *to++ = (char *)threads;
    }
    *to++ = (char *)"--";
    *to++ = (char *)data;
    return MLT_OK;
}

void replay_plan_clear(replay_plan *plan) {
    cli_parsed_clear(&plan->parsed);
    free(plan->options);
    free(plan->words);
    free(plan->argv);
    *plan = (replay_plan){0};
}

int replay_plan_choice(const replay_plan *plan, const char *name) {
    const cli_group *group;
    const cli_option *option = cli_option_find(&plan->command->grammar, name, &group);
    return option && option->kind == CLI_CHOICE
               ? *(const int *)(const void *)((const char *)plan->options + group->offset + option->offset)
               : -1;
}

const cli_reading *replay_plan_reading(const replay_plan *plan) {
    const cli_grammar *grammar = &plan->command->grammar;
    for (size_t g = 0; g < grammar->n_groups; g++)
        if (grammar->groups[g].options == cli_reading_options)
            return (const void *)((const char *)plan->options + grammar->groups[g].offset);
    return NULL;
}

/* ---- running it ---- */

/* What the child becomes. */
static void become(const replay_plan *plan, int read_end, int errors, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(cli_exit_code(MLT_E_CANCELLED));
    close(read_end);
    if (!freopen("/dev/null", "w", stdout) || dup2(errors, STDERR_FILENO) < 0)
        _exit(cli_exit_code(MLT_E_IO));
    execv("/proc/self/exe", plan->argv);
    _exit(cli_exit_code(MLT_E_IO));
}

/* The status that an exit code tells of. */
static mlt_status status_of(int code) {
    static const mlt_status all[] = {MLT_E_USAGE, MLT_E_DATA,  MLT_E_MODEL,  MLT_E_IO,
                                     MLT_E_NOMEM, MLT_E_LIMIT, MLT_E_NUMERIC};
    for (size_t i = 0; i < CLI_COUNT(all); i++)
        if (cli_exit_code(all[i]) == code)
            return all[i];
    return MLT_E_CANCELLED;
}

/* Raise what the child said, without the program's name. */
static mlt_status raise_said(FILE *errors, int code, mlt_error *err) {
    char line[sizeof err->message] = "";
    rewind(errors);
    if (!fgets(line, sizeof line, errors))
        return cli_fail(err, status_of(code), "replay: the command ended without a word; try it by hand");
    line[strcspn(line, "\n")] = '\0';
    const char *message = strncmp(line, "mltool: ", 8) == 0 ? line + 8 : line;
    return cli_fail(err, status_of(code), "%s", message);
}

mlt_status replay_run(mlt_model **model, mlt_recipe *recipe, const replay_plan *plan, const int pipe[2],
                      mlt_error *err) {
    FILE *errors = tmpfile();
    pid_t parent = getpid(), child = errors ? fork() : -1;
    if (child == 0)
        become(plan, pipe[0], fileno(errors), parent);
    int error = errno, state = 0;
    close(pipe[1]);
    char path[40];
    snprintf(path, sizeof path, "/dev/fd/%d", pipe[0]);
    mlt_error own = {0};
    mlt_status loaded = child > 0 ? mlt_model_file_load(model, recipe, path, NULL, &own) : MLT_E_IO;
    close(pipe[0]);
    while (child > 0 && waitpid(child, &state, 0) < 0 && errno == EINTR)
        ;
    mlt_status status = MLT_OK;
    if (child < 0)
        status = cli_fail_io(err, "a process of its own", "started", error);
    else if (WIFSIGNALED(state))
        status = cli_fail(err, MLT_E_CANCELLED, "replay: the command was ended by signal %d; try it by hand",
                          WTERMSIG(state));
    else if (WEXITSTATUS(state) != 0)
        status = raise_said(errors, WEXITSTATUS(state), err);
    else if (loaded != MLT_OK)
        status = loaded;
    if (status == loaded && loaded != MLT_OK && child > 0 && WIFEXITED(state) && WEXITSTATUS(state) == 0)
        *err = own;
    if (status != MLT_OK && loaded == MLT_OK) {
        mlt_recipe_clear(recipe);
        mlt_model_free(*model);
    }
    if (errors)
        fclose(errors);
    return status;
}
