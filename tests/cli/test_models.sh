# models, help, version, and the bare program.
# shellcheck shell=sh disable=SC2016  # the command lines are expanded by `run`

test_models__a_bare_call_is_short_usage() {
    expect 0
    stderr_empty
    [ "$(wc -l <.out)" -le 24 ] || fail "more than a terminal of 24 lines shows"
    for command in $(commands); do
        stdout_has "^  $command "
    done
}

test_models__help_is_everywhere() {
    expect 0 --help
    cp .out help
    expect 0 help
    same help .out
    expect 0 -h
    same help .out
    stdout_has '^Exit codes:'
    for command in $(commands); do
        expect 0 help $command
        stderr_empty
        cp .out help
        stdout_has "^usage: mltool $command"
        stdout_has '^Examples:'
        stdout_has '^  --threads N'
        expect 0 $command --help
        same help .out
        expect 0 $command --bogus -h not-there
        same help .out
        # 80 columns, but for the examples.
        sed '/^Examples:/,$d' help >text
        if grep -E '.{81}' text; then fail "help $command: a line beyond 80 columns"; fi
    done
}

test_models__help_prints_true_defaults() {
    expect 0 help fit
    tr -s ' \n' ' ' <.out >flat
    for text in '--test-size SHARE share of the rows that is set aside to test (default: 0.2)' \
        'also --seed (default: 42)' 'table, json, csv, tsv or markdown (default: table)' \
        'significant digits in tables (default: 5)'; do
        grep -qF -e "$text" flat || { show .out; fail "help lacks: $text"; }
    done
}

test_models__lists_all_models() {
    expect 0 models
    stderr_empty
    for model in linear logistic tree bagging random-forest adaboost baseline; do
        stdout_has "^  $model "
        expect 0 models $model
        stdout_has '^Parameters|^Model'
        if grep -E '.{81}' .out; then fail "models $model: a line beyond 80 columns"; fi
        expect 0 models
    done
    expect 0 models --format csv
    stdout_has '^model,task,summary$'
    expect 0 models --format json
    stdout_has '^\{"schema":1,"command":"models","models":\[\{"name":"linear",'
    expect 0 models --format markdown
    stdout_has '^\| model \| task \| summary \|$'
}

test_models__lists_parameters_with_defaults() {
    expect 0 models adaboost
    tr -s ' \n' ' ' <.out >flat
    grep -qF -- '--n-estimators rounds at most: a whole number of at least 1 (default: 50)' flat || { show .out; fail flat; }
    expect 0 models adaboost --format csv
    stdout_has '^n-estimators,50,'
    expect 0 models adaboost --format json
    stdout_has '"name":"learning-rate","kind":"real","default":"1.0"'
    expect 0 models random-forest --format markdown
    stdout_has '^\| --max-features \|'
}

# A parameter that were called as an option of fit could never be given.
test_models__parameters_and_options_have_different_names() {
    expect 0 help fit
    sed -n 's/^  --\([a-z-]*\).*/\1/p' .out | sort >options
    [ "$(wc -l <options)" -gt 20 ] || fail 'options'
    for model in linear logistic tree bagging random-forest adaboost baseline; do
        expect 0 models $model --format csv
        tail -n +2 .out | cut -d, -f 1 | sort | comm -12 - options >both
        [ -s both ] && { show both; fail "$model: parameters with an option's name"; }
    done
    return 0
}

test_models__version_names_what_it_was_built_from() {
    expect 0 version
    stderr_empty
    stdout_has '^mltool +[0-9]+\.[0-9]+\.[0-9]+$'
    stdout_has '^openblas '
    cp .out version
    expect 0 --version
    same version .out
    expect 0 version --format json
    stdout_has '^\{"schema":1,"command":"version","mltool":"[0-9.]+",'
}

# A build by clang has another OpenMP, which does not wait by GOMP_SPINCOUNT.
test_models__threads_wait_briefly_for_one_another() {
    run 0 'OMP_DISPLAY_ENV=VERBOSE "$MLTOOL" version'
    if grep -q GOMP_SPINCOUNT .err; then
        stderr_has "GOMP_SPINCOUNT = '1000'"
        run 0 'GOMP_SPINCOUNT=77 OMP_DISPLAY_ENV=VERBOSE "$MLTOOL" version'
        stderr_has "GOMP_SPINCOUNT = '77'"
        run 0 'OMP_WAIT_POLICY=active OMP_DISPLAY_ENV=VERBOSE "$MLTOOL" version'
        stderr_lacks "GOMP_SPINCOUNT = '1000'"
    fi
}
