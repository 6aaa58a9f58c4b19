# What shells do with the program: completion and manual pages, both made from the tables.
# shellcheck shell=sh disable=SC2016  # the command lines are expanded by `run`

# answer WORD...: how the words may go on, without what is said of each
answer() {
    expect 0 completions answer -- "$@"
    stderr_empty
    cut -f 1 .out | tr '\n' ' ' >answers
}
answers_are() { [ "$(cat answers)" = "${1:+$1 }" ] || fail "$shown: '$(cat answers)', not '$1'"; }
answers_have() { case " $(cat answers)" in *" $1 "*) ;; *) fail "$shown: lacks '$1': $(cat answers)" ;; esac }
answers_lack() { case " $(cat answers)" in *" $1 "*) fail "$shown: has '$1'" ;; esac }

test_shell__completion_knows_every_command_and_option() {
    answer ''
    commands >wanted
    cut -f 1 .out | diff wanted - || fail 'not the list of commands'
    answer pre
    answers_are predict
    for command in $(commands); do
        expect 0 help $command
        sed -n 's/^  --\([a-z-]*\).*/\1/p' .out >options
        answer $command --
        while read -r option; do answers_have "--$option"; done <options
        answer help $command
        answers_have $command
    done
    answer fit --see
    answers_are --seed
    answer nonsense --
    answers_are ''
}

test_shell__completion_knows_choices_models_and_parameters() {
    answer fit --format ''
    answers_are 'table json csv tsv markdown'
    answer fit --format m
    answers_are markdown
    answer fit --format=j
    answers_are --format=json
    for model in $("$MLTOOL" models --format csv | tail -n +2 | cut -d , -f 1); do
        answer fit --model "$(printf '%.3s' $model)"
        answers_have $model
        answer models "$(printf '%.3s' $model)"
        answers_have $model
        "$MLTOOL" models --format csv $model | tail -n +2 | cut -d , -f 1 >params
        answer fit --model $model --
        while read -r param; do answers_have "--$param"; done <params
    done
    answer fit --model linear --
    answers_lack --max-depth
    answer fit --model=tree --max-dep
    answers_are --max-depth
    answer fit --model random-forest --no-boo
    answers_are --no-bootstrap
    answer fit --model adaboost --algorithm ''
    answers_are 'samme samme.r'
    answer fit --model tree --max-depth ''
    answers_are none
    # As bash cuts it.
    answer fit --model = ada
    answers_are adaboost
    answer fit --model =
    answers_have tree
    answer fit --model = tree --criterion = ent
    answers_are entropy
}

test_shell__completion_knows_where_files_stand() {
    for words in 'fit' 'fit --model tree' 'fit --save' 'predict' 'predict m.model' 'split --train-out'; do
        # shellcheck disable=SC2086  # words
        answer $words ''
        answers_are :file
    done
    answer predict m.model d.csv ''
    answers_are ''
    answer fit --target ''
    answers_are ''
    answer fit -- --
    answers_are :file
    answer completions ''
    answers_are 'bash zsh fish answer'
}

test_shell__completions_refuse_other_shells() {
    refuse 2 "completions: 'tcsh' is not one of its values; did you mean|give bash" completions tcsh
    refuse 2 'completions: one word is missing; give bash, zsh, fish or answer' completions
    refuse 2 "completions: 'x' is one argument too many" completions bash x
    refuse 2 'completions: no word to complete' completions answer
}

test_shell__bash_completes() {
    command -v bash >/dev/null || return 0
    expect 0 completions bash
    cp .out mltool.bash
    : >'a model.safetensors'
    cat >.ask <<'END'
set -u
. ./mltool.bash
ask() {
    COMP_WORDS=("$MLTOOL" "$@") COMP_CWORD=$#
    _mltool
    printf '%s|' "${COMPREPLY[@]-}"
    echo
}
complete -p mltool
ask fi
ask fit --model ra
ask fit --model = tr
ask fit --model tree --max-d
ask fit --save a
ask predict 'a mo'
ask fit --target x
END
    run 0 'bash .ask'
    stderr_empty
    stdout_is <<'END'
complete -F _mltool mltool
fit|
random-forest|
tree|
--max-depth|
a model.safetensors|
a model.safetensors|
|
END
}

test_shell__zsh_and_fish_complete() {
    expect 0 completions zsh
    cp .out _mltool
    expect 0 completions fish
    cp .out mltool.fish
    mkdir .bin
    ln -s "$MLTOOL" .bin/mltool
    PATH=$PWD/.bin:$PATH
    : >there.csv
    if command -v zsh >/dev/null; then
        run 0 'zsh -f -n _mltool'
        # A terminal of its own, in which the tab key is pressed.
        cat >ask.zsh <<'END'
zmodload zsh/zpty
zpty shell 'PS1="" zsh -f -i'
zpty -w shell 'fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -d $PWD/.zcompdump; zstyle ":completion:*" list-prompt ""'
ask() { zpty -w -n shell "$1"$'\t'; sleep 1.5; zpty -w shell ''; sleep 0.5; }
ask ': end; mltool ver'
ask ': end; mltool fit --model adab'
ask ': end; mltool fit --model tree --max-lea'
ask ': end; mltool fit ther'
zpty -w shell exit
zpty -r shell all '*exit*'
print -r -- "$all"
END
        run 0 'HOME=$PWD timeout 60 zsh -f ask.zsh'
        for word in 'mltool version' '--model adaboost' '--max-leaf-nodes' 'fit there\.csv'; do stdout_has "$word"; done
    fi
    if command -v fish >/dev/null; then
        run 0 'fish --no-execute mltool.fish'
        run 0 'HOME=$PWD fish -N -c "source mltool.fish; complete -C \"mltool ver\"; complete -C \"mltool fit --model ad\"; complete -C \"mltool fit ther\"; complete -C \"mltool fit --model tree --max-d\""'
        stdout_has '^version	say which'
        stdout_has '^adaboost	'
        stdout_has '^there\.csv'
        stdout_has '^--max-depth	'
    fi
}

test_shell__manual_pages_say_what_the_help_says() {
    for command in '' $(commands); do
        # shellcheck disable=SC2086  # perhaps no word
        expect 0 help --man $command
        stderr_empty
        cp .out page
        [ "$(head -c 4 page)" = '.TH ' ] || fail "$shown: no page"
        # shellcheck disable=SC2086
        expect 0 help $command
        sed -n 's/^  --\([a-z-]*\).*/\1/p' .out | sed 's/-/\\-/g' >options
        while read -r option; do
            grep -qF "\\fB\\-\\-$option\\fR" page || fail "help --man $command lacks --$option"
        done <options
        ! command -v mandoc >/dev/null || run 0 'mandoc -Tlint page'
        if command -v man >/dev/null; then
            run 0 'LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l page'
            stderr_empty
        fi
    done
    expect 0 help --man fit
    stdout_has 'algorithm'
    refuse 2 'no such command' help --man nonsense
}
