/* Manual pages, made from the tables, in man(7)'s macros. */
#include "cli/man_page.h"

#include "cli/help.h"
#include "mltool/report.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_WIDTH = 60 };

/* `length` bytes that command nothing, wherever they stand. */
static void put_piece(const char *text, size_t length) {
    if (length && (*text == '.' || *text == '\''))
        fputs("\\&", stdout);
    for (size_t i = 0; i < length; i++)
        switch (text[i]) {
        case '\\':
            fputs("\\e", stdout);
            break;
        case '-':
            fputs("\\-", stdout);
            break;
        case '\'':
            fputs("\\(aq", stdout);
            break;
        case '^':
            fputs("\\(ha", stdout);
            break;
        case '~':
            fputs("\\(ti", stdout);
            break;
        default:
            putchar(text[i]);
        }
}

static void put_text(const char *text) { put_piece(text, strlen(text)); }

static void put_line(const char *text) {
    put_text(text);
    putchar('\n');
}

/* A paragraph, in source lines of a readable length. */
static void put_paragraph(const char *text) {
    for (size_t used = 0; *text;) {
        size_t length = strcspn(text, " ");
        if (used)
            putchar(used + 1 + length > LINE_WIDTH ? '\n' : ' ');
        used = used + 1 + length > LINE_WIDTH ? length : used + 1 + length;
        put_piece(text, length);
        text += length;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void put_title(const char *name) {
    fputs(".TH ", stdout);
    for (; *name; name++)
        putchar(toupper((unsigned char)*name));
    puts(" 1 " MLT_DATE " \"mltool " MLT_VERSION "\" \"User commands\"");
}

/* "--name ARGUMENT" and what it means. */
static void put_option(const char *name, const char *argument, const char *text) {
    fputs(".TP\n\\fB\\-\\-", stdout);
    put_text(name);
    fputs("\\fR", stdout);
    if (argument) {
        fputs(" \\fI", stdout);
        put_text(argument);
        fputs("\\fR", stdout);
    }
    putchar('\n');
    put_paragraph(text);
}

static void put_exit_codes(void) {
    puts(".SH EXIT STATUS");
    for (size_t i = 0; i < cli_n_exit_codes; i++) {
        printf(".TP\n.B %s\n", cli_exit_codes[i].code);
        put_line(cli_exit_codes[i].meaning);
    }
}

static void put_examples(const cli_command *command) {
    if (command->n_examples)
        puts(".SH EXAMPLES");
    for (size_t i = 0; i < command->n_examples; i++) {
        fputs(i ? ".PP\n" : "", stdout);
        put_text(command->examples[i].says);
        fputs(":\n.PP\n.RS 4\n.EX\n$ ", stdout);
        put_line(command->examples[i].line);
        puts(".EE\n.RE");
    }
}

/* ---- the program ---- */

void cli_man_overview(void) {
    put_title("mltool");
    puts(".SH NAME\nmltool \\- classical machine learning from the command line");
    puts(".SH SYNOPSIS\n.B mltool\n.I COMMAND\n[options] [files]");
    puts(".SH DESCRIPTION");
    put_paragraph(
        "mltool reads a table from a CSV file, fits a machine-learning model to it, and says how good "
        "the model is. Its numbers are scikit-learn's: the same random state gives the same split, "
        "the same trees and the same metrics.");
    puts(".PP");
    put_paragraph(
        "Results go to standard output; notes, progress and errors to standard error. A file named - is "
        "standard input; a CSV file may be compressed with gzip.");
    puts(".SH COMMANDS");
    for (size_t i = 0; i < cli_n_commands; i++) {
        printf(".TP\n\\fBmltool\\-%s\\fR(1)\n", cli_commands[i]->grammar.command);
        put_line(cli_commands[i]->summary);
    }
    puts(".SH MODELS");
    size_t n;
    const mlt_model_type *const *types = mlt_model_types(&n);
    for (size_t i = 0; i < n; i++) {
        fputs(".TP\n.B ", stdout);
        put_line(types[i]->name);
        put_line(types[i]->summary);
    }
    put_exit_codes();
    puts(".SH ENVIRONMENT");
    puts(".TP\n.B NO_COLOR\nif set and not empty: no bold headings on a terminal");
    puts(".TP\n.B TMPDIR\nwhere standard input is kept while it is read twice");
    put_examples(cli_command_find("fit"));
    puts(".SH SEE ALSO");
    for (size_t i = 0; i < cli_n_commands; i++)
        printf("\\fBmltool\\-%s\\fR(1)%s\n", cli_commands[i]->grammar.command,
               i + 1 < cli_n_commands ? "," : "");
}

/* ---- a command ---- */

/* A phrase about a parameter: malloc'ed; NULL when memory is short. */
static char *param_text(const mlt_param_spec *spec, mlt_error *err) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    mlt_status status = out ? mlt_report_param(out, spec, err) : cli_fail_memory(err);
    if (out && fclose(out) != 0)
        status = cli_fail_memory(err);
    if (status == MLT_OK)
        return text;
    free(text);
    return NULL;
}

static mlt_status put_params(const mlt_model_type *type, mlt_error *err) {
    fputs(".SS ", stdout);
    put_line(type->name);
    put_paragraph(type->summary);
    for (size_t i = 0; i < type->n_params; i++) {
        const mlt_param_spec *spec = &type->params[i];
        char *text = param_text(spec, err);
        if (!text)
            return err->status;
        put_option(spec->name, spec->kind == MLT_PARAM_BOOL ? NULL : "VALUE", text);
        free(text);
    }
    return MLT_OK;
}

mlt_status cli_man_command(const cli_command *command, mlt_error *err) {
    const cli_grammar *grammar = &command->grammar;
    char name[64];
    snprintf(name, sizeof name, "mltool-%s", grammar->command);
    put_title(name);
    printf(".SH NAME\nmltool\\-%s \\- ", grammar->command);
    put_line(command->summary);
    printf(".SH SYNOPSIS\n.B mltool %s\n", grammar->command);
    put_paragraph(command->synopsis);
    puts(".SH DESCRIPTION");
    put_paragraph(command->text);
    puts(".SH OPTIONS");
    for (size_t g = 0; g < grammar->n_groups; g++) {
        fputs(".SS ", stdout);
        put_line(grammar->groups[g].title);
        cli_option_text text;
        for (const cli_option *option = grammar->groups[g].options; option->name; option++)
            put_option(option->name, option->argument, cli_option_help(&text, option));
    }
    size_t n = 0;
    const mlt_model_type *const *types = grammar->model_params ? mlt_model_types(&n) : NULL;
    if (n > 0)
        puts(".SH MODELS\nThe parameters of the model chosen are options too.");
    for (size_t i = 0; i < n; i++)
        CLI_TRY(put_params(types[i], err));
    put_examples(command);
    put_exit_codes();
    puts(".SH SEE ALSO\n\\fBmltool\\fR(1)");
    return MLT_OK;
}
