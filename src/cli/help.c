/* Help, made from the tables: what it says is what the parser does. */
#include "cli/help.h"

#include "cli/option_values.h"
#include "mltool/report.h"

#include <stdio.h>

enum { NAME_WIDTH = 12, OPTION_WIDTH = 26 };

const cli_exit_code_meaning cli_exit_codes[] = {
    {"0", "done"},
    {"1", "a negative verdict"},
    {"2", "wrong usage"},
    {"3", "wrong data"},
    {"4", "not a valid model file"},
    {"5", "reading or writing failed"},
    {"6", "out of memory, or a limit"},
    {"7", "no finite result"},
    {"128 + n", "ended by signal n"},
};
const size_t cli_n_exit_codes = CLI_COUNT(cli_exit_codes);

void cli_help_usage(void) {
    puts("mltool " MLT_VERSION ": classical machine learning from the command line\n");
    puts("usage: mltool COMMAND [options] [files]\n");
    for (size_t i = 0; i < cli_n_commands; i++)
        printf("  %-*s %s\n", NAME_WIDTH, cli_commands[i]->grammar.command, cli_commands[i]->summary);
    puts("\nTry:  mltool fit --model adaboost data/breast_cancer.csv");
    puts("      mltool help fit");
}

void cli_help_overview(void) {
    cli_help_usage();
    puts("\nResults go to stdout; notes, progress and errors to stderr.");
    puts("A file named - is standard input; a CSV file may be compressed with gzip.");
    puts("\nExit codes:");
    size_t half = cli_n_exit_codes / 2;
    for (size_t i = 0; i < half; i++)
        printf("  %s  %-27s %s  %s\n", cli_exit_codes[i].code, cli_exit_codes[i].meaning,
               cli_exit_codes[half + i].code, cli_exit_codes[half + i].meaning);
    for (size_t i = 2 * half; i < cli_n_exit_codes; i++)
        printf("  %s  %s\n", cli_exit_codes[i].code, cli_exit_codes[i].meaning);
}

char *cli_option_help(cli_option_text *out, const cli_option *option) {
    cli_choices_text choices;
    char *text = out->text;
    size_t size = sizeof out->text;
    int n = snprintf(text, size, "%s", option->help);
    if (option->choices)
        n += snprintf(text + n, size - (size_t)n, ": %s", cli_choices(&choices, option->choices));
    if (option->synonym)
        n += snprintf(text + n, size - (size_t)n, "; also --%s", option->synonym);
    if (option->default_text)
        snprintf(text + n, size - (size_t)n, " (default: %s)", option->default_text);
    return text;
}

static void write_option(const cli_option *option) {
    cli_option_text text;
    int used = printf("  --%s%s%s", option->name, option->argument ? " " : "",
                      option->argument ? option->argument : "");
    if (used >= OPTION_WIDTH)
        printf("\n%*s", OPTION_WIDTH, "");
    else
        printf("%*s", OPTION_WIDTH - used, "");
    mlt_report_wrapped(stdout, cli_option_help(&text, option), OPTION_WIDTH);
}

/* The models, and where their parameters are listed. */
static void write_model_params(void) {
    size_t n;
    const mlt_model_type *const *types = mlt_model_types(&n);
    puts("\nModels, whose parameters are options too (mltool models NAME lists them):");
    for (size_t i = 0; i < n; i++) {
        printf("  %-*s ", OPTION_WIDTH - 3, types[i]->name);
        mlt_report_wrapped(stdout, types[i]->summary, OPTION_WIDTH);
    }
}

void cli_help_command(const cli_command *command) {
    printf("usage: mltool %s %s\n\n", command->grammar.command, command->synopsis);
    mlt_report_wrapped(stdout, command->text, 0);
    for (size_t g = 0; g < command->grammar.n_groups; g++) {
        const cli_group *group = &command->grammar.groups[g];
        printf("\n%s:\n", group->title);
        for (const cli_option *option = group->options; option->name; option++)
            write_option(option);
    }
    if (command->grammar.model_params)
        write_model_params();
    if (command->n_examples)
        puts("\nExamples:");
    for (size_t i = 0; i < command->n_examples; i++)
        printf("  # %s\n  $ %s\n", command->examples[i].says, command->examples[i].line);
}
