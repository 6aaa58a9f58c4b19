/* Help, made from the tables: what it says is what the parser does. */
#include "cli/help.h"

#include "cli/option_values.h"
#include "mltool/report.h"

#include <stdio.h>

enum { NAME_WIDTH = 11, OPTION_WIDTH = 26 };

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
    puts("  0  done                        4  not a valid model file");
    puts("  1  a negative verdict          5  reading or writing failed");
    puts("  2  wrong usage                 6  out of memory, or a limit");
    puts("  3  wrong data                  7  no finite result");
    puts("  128 + n  ended by signal n");
}

static void write_option(const cli_option *option) {
    char text[600];
    cli_choices_text choices;
    int used = printf("  --%s%s%s", option->name, option->argument ? " " : "",
                      option->argument ? option->argument : "");
    if (used >= OPTION_WIDTH)
        printf("\n%*s", OPTION_WIDTH, "");
    else
        printf("%*s", OPTION_WIDTH - used, "");
    int n = snprintf(text, sizeof text, "%s", option->help);
    if (option->choices)
        n += snprintf(text + n, sizeof text - (size_t)n, ": %s", cli_choices(&choices, option->choices));
    if (option->synonym)
        n += snprintf(text + n, sizeof text - (size_t)n, "; also --%s", option->synonym);
    if (option->default_text)
        snprintf(text + n, sizeof text - (size_t)n, " (default: %s)", option->default_text);
    mlt_report_wrapped(stdout, text, OPTION_WIDTH);
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
