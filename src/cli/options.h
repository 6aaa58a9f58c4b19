/** Options: a table says what a command takes; parsing, checking, help and completion come from the table. */
#ifndef MLT_CLI_OPTIONS_H
#define MLT_CLI_OPTIONS_H

#include "cli/failure.h"
#include "mltool/model.h"

typedef enum cli_kind {
    CLI_FLAG,   /**< bool: there or not */
    CLI_TEXT,   /**< const char *: not empty */
    CLI_LIST,   /**< cli_list: texts with commas between; one that holds a comma stands in double quotes */
    CLI_TEXTS,  /**< cli_list: not empty; may be given several times, each adds a text */
    CLI_WHOLE,  /**< int64_t in [min, max] */
    CLI_SHARE,  /**< double, min < value < max */
    CLI_CHOICE, /**< int: the index of one of `choices` */
    CLI_CHAR,   /**< char: a CSV delimiter */
} cli_kind;

typedef struct cli_option {
    const char *name; /**< "test-size" */
    cli_kind kind;
    size_t offset;        /**< of the value in the group's struct */
    const char *argument; /**< as help shows it; NULL for a flag */
    const char *help;     /**< one phrase */
    double min, max;
    const char *choices;      /**< "a|b|c" */
    const char *default_text; /**< NULL: zero, and help says nothing */
    const char *synonym;
} cli_option;

typedef struct cli_list {
    const char *const *items;
    size_t n;
} cli_list;

/** Options that belong together, and the struct inside the command's that holds their values. */
typedef struct cli_group {
    const char *title;
    const cli_option *options; /**< ended by one without name */
    size_t offset;             /**< of the group's struct in the command's */
} cli_group;

/** Two options that contradict each other. */
typedef struct cli_conflict {
    const char *a, *b;
} cli_conflict;

/** What a command line may hold. */
typedef struct cli_grammar {
    const char *command;
    const cli_group *groups;
    size_t n_groups;
    const cli_conflict *conflicts;
    size_t n_conflicts;
    /** "DATA.csv": all are needed, but those in brackets; "[WORD...]" at the end takes any number, "a|b" one
     * of these. The same words tell completion what may stand there: MODEL and DATA.csv are files, NAME is a
     * model's name, COMMAND a command's; so do `argument`s of options, where FILE is a file. */
    const char *const *operands;
    size_t n_operands;
    bool model_params; /**< the parameters of all models are options too */
} cli_grammar;

/** A model parameter as given. */
typedef struct cli_setting {
    const char *name, *text;
} cli_setting;

/** A parsed command line. */
typedef struct cli_parsed {
    bool help;                /**< --help was there: nothing else counts */
    const cli_option **given; /**< the options that were given */
    size_t n_given;
    cli_setting *settings;
    size_t n_settings;
    const char **operands;
    size_t n_operands;
    void **blocks; /**< memory behind lists */
    size_t n_blocks;
} cli_parsed;

/** Parse the arguments after the command's name.
 *  @param[out] parsed  to be cleared, also on failure
 *  @param[out] values  the command's struct, all zero before
 *  @return MLT_OK, MLT_E_USAGE, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status cli_parse(cli_parsed *parsed, void *values, const cli_grammar *grammar,
                                    char *const *args, mlt_error *err);
void cli_parsed_clear(cli_parsed *parsed);
/** Was the option given? */
bool cli_given(const cli_parsed *parsed, const char *name);
/** Fill `params` (initialised here) with the settings given, for the model chosen. @return MLT_OK,
 * MLT_E_USAGE */
MLT_MUST_CHECK mlt_status cli_model_params(mlt_params *params, const mlt_model_type *type,
                                           const cli_parsed *parsed, mlt_error *err);

/** The option of this name or synonym, and its group (which may be NULL), or NULL. */
const cli_option *cli_option_find(const cli_grammar *grammar, const char *name, const cli_group **group);
/** The parameter named `name` of the first model that has it, or NULL. */
const mlt_param_spec *cli_any_param(const char *name);

#endif
