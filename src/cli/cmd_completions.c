/* mltool completions: the scripts by which shells complete command lines. They ask the program itself how a
 * line may go on, so they know every command, option, choice and model that it has. */
#include "cli/complete.h"
#include "cli/groups.h"

#include <stdio.h>
#include <string.h>

typedef struct completions_options {
    cli_common common;
} completions_options;

static const char bash_script[] = "# bash completion for mltool, made by 'mltool completions bash'\n"
                                  "_mltool() {\n"
                                  "    local typed=${COMP_WORDS[COMP_CWORD]} line\n"
                                  "    [ \"$typed\" != = ] || typed=\n"
                                  "    COMPREPLY=()\n"
                                  "    while IFS= read -r line; do\n"
                                  "        if [ \"$line\" = :file ]; then\n"
                                  "            compopt -o filenames 2>/dev/null\n"
                                  "            mapfile -t COMPREPLY < <(compgen -f -- \"$typed\")\n"
                                  "        else\n"
                                  "            COMPREPLY+=(\"${line%%$'\\t'*}\")\n"
                                  "        fi\n"
                                  "    done < <(\"${COMP_WORDS[0]/#\\~\\//$HOME/}\" completions answer -- "
                                  "\"${COMP_WORDS[@]:1:COMP_CWORD}\" "
                                  "2>/dev/null)\n"
                                  "}\n"
                                  "complete -F _mltool mltool\n";

static const char zsh_script[] =
    "#compdef mltool\n"
    "# zsh completion for mltool, made by 'mltool completions zsh'\n"
    "_mltool() {\n"
    "    local line ret=1\n"
    "    local -a answers\n"
    "    for line in \"${(@f)$(\"${(Q)words[1]}\" completions answer -- \"${(@Q)words[2,CURRENT-1]}\" "
    "\"${(Q)PREFIX}\" 2>/dev/null)}\"; do\n"
    "        if [[ $line == :file ]]; then\n"
    "            compset -P '--*='\n"
    "            _files && ret=0\n"
    "        elif [[ -n $line ]]; then\n"
    "            answers+=(\"${${line//:/\\\\:}/$'\\t'/:}\")\n"
    "        fi\n"
    "    done\n"
    "    (( $#answers )) && _describe -t answers 'mltool' answers && ret=0\n"
    "    return ret\n"
    "}\n"
    "if [[ $funcstack[1] == _mltool ]]; then _mltool \"$@\"; else compdef _mltool mltool; fi\n";

static const char fish_script[] =
    "# fish completion for mltool, made by 'mltool completions fish'\n"
    "function __mltool_answers\n"
    "    set -l words (commandline -opc)\n"
    "    set -l program $words[1]\n"
    "    set -e words[1]\n"
    "    set -l typed (commandline -ct)\n"
    "    for line in ($program completions answer -- $words \"$typed\" 2>/dev/null)\n"
    "        if test \"$line\" = :file\n"
    "            __fish_complete_path \"$typed\"\n"
    "        else\n"
    "            echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c mltool -f -a '(__mltool_answers)'\n";

static mlt_status run(const cli_call *call, mlt_error *err) {
    const cli_parsed *parsed = call->parsed;
    const char *what = parsed->operands[0];
    if (strcmp(what, "answer") == 0) {
        if (parsed->n_operands < 2)
            return cli_fail(err, MLT_E_USAGE,
                            "completions: no word to complete; write them behind answer --");
        cli_complete(parsed->operands + 1, parsed->n_operands - 1);
        return MLT_OK;
    }
    cli_shown shown;
    if (parsed->n_operands > 1)
        return cli_fail(err, MLT_E_USAGE,
                        "completions: '%s' is one argument too many; see 'mltool help completions'",
                        cli_show(&shown, parsed->operands[1]));
    fputs(strcmp(what, "bash") == 0  ? bash_script
          : strcmp(what, "zsh") == 0 ? zsh_script
                                     : fish_script,
          stdout);
    return MLT_OK;
}

static const cli_group groups[] = {CLI_COMMON(completions_options)};

static const char *const operands[] = {"bash|zsh|fish|answer", "[WORD...]"};

static const cli_example examples[] = {
    {"mltool completions bash > mltool.bash", "then in ~/.bashrc: source mltool.bash"},
    {"mltool completions answer -- fit --model a", "what may follow: the scripts ask so"},
};

const cli_command cli_command_completions = {
    .grammar = {.command = "completions",
                .groups = groups,
                .n_groups = CLI_COUNT(groups),
                .operands = operands,
                .n_operands = CLI_COUNT(operands)},
    .summary = "write the script by which a shell completes commands",
    .synopsis = "bash|zsh|fish",
    .text = "Write the script by which bash, zsh or fish completes commands, options, their values, models, "
            "their parameters and files when you press the tab key. 'make install' installs all three; "
            "otherwise load the script in the file that your shell reads when it starts.",
    .examples = examples,
    .n_examples = CLI_COUNT(examples),
    .options_size = sizeof(completions_options),
    .common_offset = offsetof(completions_options, common),
    .run = run,
};
