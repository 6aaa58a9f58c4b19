# Options: every mistake is found before a file is read, with one line that says what to do.
# shellcheck shell=sh disable=SC2016  # the command lines are expanded by `run`

# The data file is not there: whoever read it would end with 5.
fit() {
    code_wanted=$1
    pattern=$2
    shift 2
    refuse "$code_wanted" "$pattern" fit "$@" not-there.csv
}

test_options__test_size_is_a_share_of_the_rows() {
    for value in 0 1 -0.1 nan 0.2x inf 1e 0x1 2; do
        fit 2 "^mltool: --test-size: '$value' is not a number between 0 and 1; " --model tree --test-size "$value"
        fit 2 "^mltool: --train-size: '$value' is not a number between 0 and 1; " --model tree --train-size="$value"
    done
    fit 2 '^mltool: --test-size: the value is empty; ' --model tree --test-size ''
    refuse 2 '^mltool: --test-size: ' split --indices --test-size 1.5 not-there.csv
}

test_options__numbers_have_ranges() {
    while read -r option value; do
        fit 2 "^mltool: --$option: '$value' is not a whole number from " --model random-forest "--$option" "$value"
    done <<'END'
random-state -1
random-state 4294967296
random-state 1e3
random-state 1.0
random-state 99999999999999999999
threads 0
threads -1
threads 1025
threads two
cv 1
cv 0
cv -3
digits 0
digits 18
skip -1
END
    fit 2 "^mltool: --random-state: '-1' " --model tree --seed -1
}

test_options__parameters_have_ranges() {
    while read -r model option value; do
        fit 2 "^mltool: --$option: '?$value'? " --model "$model" "--$option" "$value"
    done <<'END'
random-forest n-estimators 0
random-forest n-estimators -1
random-forest n-estimators 99999999999999999999
random-forest n-estimators ten
bagging max-samples 0
random-forest max-features 0
random-forest max-features 1.5
random-forest max-features some
tree max-depth 0
tree max-depth -2
tree min-samples-split 1
tree min-samples-leaf 0
tree max-leaf-nodes 1
tree criterion ginny
tree ccp-alpha -1
tree min-impurity-decrease -0.1
tree ccp-alpha nan
adaboost learning-rate 0
adaboost learning-rate -1
adaboost learning-rate nan
adaboost learning-rate inf
adaboost algorithm samme.x
adaboost loss cubic
END
    # Range of the data: found when they are known.
    refuse 2 '^mltool: --min-samples-leaf: 1000 ' fit --model tree --min-samples-leaf 1000 data/iris.csv
    refuse 2 '^mltool: --max-features: 5 ' fit --model random-forest --max-features 5 data/iris.csv
}

test_options__unknown_names_get_a_suggestion() {
    refuse 2 "^mltool: fti: no such command; did you mean 'fit'\?" fti --model tree not-there.csv
    refuse 2 "^mltool: xyzzy: no such command; see 'mltool help'" xyzzy
    fit 2 "^mltool: --model: 'adabost' is no model; did you mean 'adaboost'\?" --model adabost
    fit 2 "^mltool: --model: 'perceptron' is no model; give one of linear, logistic, tree, " --model perceptron
    fit 2 '^mltool: --model: missing; give one of linear, logistic, tree, '
    fit 2 '^mltool: --n-estimatrs: fit has no such option; did you mean --n-estimators\?' --model tree --n-estimatrs 5
    fit 2 '^mltool: --n_estimators: fit has no such option; did you mean --n-estimators\?' --model tree --n_estimators 5
    fit 2 '^mltool: --tset: fit has no such option; did you mean --test\?' --model tree --tset x.csv
    fit 2 "^mltool: --xyzzy: fit has no such option; see 'mltool help fit'" --model tree --xyzzy
    fit 2 '^mltool: -x: no such option, options begin with two dashes; ' --model tree -x
    fit 2 "^mltool: --format: 'jsn' is not one of its values; did you mean 'json'\?" --model tree --format jsn
    fit 2 "^mltool: --format: 'html' is not one of its values; give table, json, " --model tree --format html
    fit 2 "^mltool: --impute: 'zero' is not one of its values; " --model tree --impute zero
    fit 2 "^mltool: --task: 'clustering' is not one of its values; " --model tree --task clustering
    refuse 2 "^mltool: models: 'tre' is no model; did you mean 'tree'\?" models tre
    refuse 2 "^mltool: adaboost: is a model, not a command; " help adaboost
    refuse 2 "^mltool: perdict: no such command; did you mean 'predict'\?" help perdict
}

test_options__a_parameter_of_another_model_is_refused() {
    fit 2 "^mltool: --learning-rate: linear has no such parameter, only: adaboost; " --model linear --learning-rate 1
    fit 2 '^mltool: --n-estimators: tree has no such parameter, only: bagging, random-forest, adaboost; ' \
        --n-estimators 5 --model tree
    fit 2 '^mltool: --oob: tree has no such parameter, only: ' --model tree --oob
    fit 2 '^mltool: --bootstrap: tree has no such parameter, only: ' --model tree --no-bootstrap
    fit 2 '^mltool: --criterion: .*gini.* is not for regression; ' --model tree --task regression --criterion gini
    fit 2 '^mltool: --loss is for regression' --model adaboost --task classification --loss square
}

test_options__repeated_ones_are_refused() {
    fit 2 '^mltool: --model: given twice; ' --model tree --model tree
    fit 2 '^mltool: --random-state: given twice; ' --model tree --seed 1 --random-state 1
    fit 2 '^mltool: --max-depth: given twice; ' --model tree --max-depth 3 --max-depth=4
    fit 2 '^mltool: --quiet: given twice; ' --model tree --quiet --quiet
    fit 2 '^mltool: --oob: given twice; ' --model random-forest --oob --no-oob
    fit 2 '^mltool: --drop: given twice; ' --model tree --drop a --drop b
}

test_options__contradictions_are_refused() {
    while read -r a b; do
        fit 2 "^mltool: --(${a%%=*}|${b%%=*}): contradicts --(${a%%=*}|${b%%=*}); " --model tree "--$a" "--$b"
    done <<'END'
test=x.csv cv=5
test=x.csv no-split
test=x.csv test-size=0.5
test=x.csv train-size=0.5
test=x.csv stratify
test=x.csv no-shuffle
cv=5 no-split
cv=5 test-size=0.3
cv=5 train-size=0.3
no-split test-size=0.3
no-split train-size=0.3
no-split stratify
no-split no-shuffle
END
    fit 2 '^mltool: --stratify: needs shuffling' --model tree --stratify --no-shuffle
    fit 2 '^mltool: --stratify: regression has no classes' --model tree --stratify --task regression
    fit 2 '^mltool: --stratify: linear has no classes' --model linear --stratify
    fit 2 '^mltool: --task: linear does no classification; ' --model linear --task classification
    fit 2 '^mltool: --unknown: is for the rows of --test; ' --model tree --unknown missing
    refuse 2 '^mltool: --test: standard input is the training data already; ' fit --model tree --test - -
    refuse 2 '^mltool: --indices: contradicts --train-out; ' split --indices --train-out a.csv not-there.csv
    refuse 2 '^mltool: --target: is for --stratify; ' split --indices --target a not-there.csv
    refuse 2 '^mltool: --format: is for --indices; ' \
        split --train-out a.csv --test-out b.csv --format json not-there.csv
    refuse 2 '^mltool: --stratify: needs shuffling' split --indices --stratify --no-shuffle not-there.csv
    refuse 2 '^mltool: --test-size: |shares|more than 1' \
        split --indices --test-size 0.6 --train-size 0.6 data/iris.csv
}

test_options__values_must_be_there() {
    fit 2 '^mltool: --model: its value is missing, ' --model --quiet
    refuse 2 '^mltool: --model: its value is missing; ' fit not-there.csv --model
    refuse 2 '^mltool: --max-depth: its value is missing; ' fit not-there.csv --model tree --max-depth
    fit 2 '^mltool: --target: the value is empty; ' --model tree --target ''
    fit 2 '^mltool: --target: the value is empty; ' --model tree --target=
    fit 2 "^mltool: --drop: an empty name in 'a,,b'; " --model tree --drop a,,b
    fit 2 '^mltool: --drop: a double quote is not closed' --model tree --drop '"a,b'
    fit 2 '^mltool: --quiet: takes no value; ' --model tree --quiet=yes
    fit 2 '^mltool: --oob: takes no value; ' --model random-forest --oob=true
    for value in '"' a ',,' '
' ab .; do
        fit 2 '^mltool: --delimiter: ' --model tree --delimiter "$value"
    done
}

test_options__operands_are_counted() {
    refuse 2 '^mltool: fit: DATA.csv is missing; ' fit --model tree
    refuse 2 '^mltool: predict: MODEL is missing; ' predict
    refuse 2 '^mltool: predict: DATA.csv is missing; ' predict model
    refuse 2 '^mltool: inspect: MODEL is missing; ' inspect
    refuse 2 "^mltool: fit: 'b.csv' is one argument too many; " fit --model tree a.csv b.csv
    refuse 2 "^mltool: version: 'x' is one argument too many; " version x
    refuse 2 '^mltool: fit: DATA.csv is empty; ' fit --model tree ''
}

test_options__a_file_name_may_begin_with_a_dash() {
    cp data/iris.csv -- -x.csv
    expect 0 fit --model tree --quiet -- -x.csv
    expect 0 fit --model tree --quiet ./-x.csv
    refuse 2 '^mltool: -x.csv: no such option, .* is ./-x.csv' fit --model tree -x.csv
}

test_options__long_and_odd_arguments_are_cut_and_escaped() {
    long=$(head -c 100000 /dev/zero | tr '\0' x)
    refuse 2 '^mltool: x{50,200}\.\.\.: no such command' "$long"
    fit 2 '^mltool: --x{50,200}\.\.\.: fit has no such option' --model tree "--$long"
    fit 2 "^mltool: --model: 'x{50,200}\.\.\.' is no model" --model "$long"
    refuse 5 'x{50,}' fit --model tree "$long"
    fit 2 '\\x1B\[31m' --model "$(printf '\033[31mred')"
    fit 2 '\\xFF\\xFE' --model "$(printf '\377\376')"
    fit 2 '\\x0A' --model 'two
lines'
    [ "$(wc -c <.err)" -lt 1200 ] || fail "a long message"
}

test_options__lists_take_names_with_commas() {
    printf '"a,b",c,"d ""e""",y\n1,2,5,10\n2,1,6,21\n3,5,5,29\n4,4,7,41\n5,1,2,52\n6,2,2,61\n' >data.csv
    expect 0 fit --model tree --quiet --no-split --features '"a,b"' --format json data.csv
    json_is 'data features' 1
    expect 0 fit --model tree --quiet --no-split --drop '"a,b","d ""e"""' --format json data.csv
    json_is 'data features' 1
}

test_options__quiet_silences_notes() {
    expect 0 fit --model tree data/iris.csv
    stderr_has "^note: target is 'species'"
    cp .out loud
    expect 0 fit --model tree --quiet data/iris.csv
    stderr_empty
    same loud .out
    # What was not inferred is not said.
    expect 0 fit --model tree --target species --task classification data/iris.csv
    stderr_empty
}

test_options__progress_can_be_forced_and_leaves_nothing() {
    expect 0 fit --model random-forest --quiet data/wine.csv
    cp .out calm
    expect 0 fit --model random-forest --n-estimators 100 --progress always --target cultivar --task classification \
        data/wine.csv
    stderr_has '[0-9]%'
    same calm .out
    # Erased at the end: the last thing sent is "begin of line, clear".
    [ "$(tail -c 4 .err | od -An -c | tr -d ' \n')" = '\r033[K' ] || { show .err; fail 'not erased'; }
    expect 0 fit --model random-forest --progress never --target cultivar --task classification data/wine.csv
    stderr_empty
    expect 0 fit --model random-forest --progress always --quiet data/wine.csv
    stderr_empty
}

# Rates and the time left need a while to be known.
test_options__progress_tells_rate_and_time_left() {
    run 0 'COLUMNS=80 "$MLTOOL" fit --model random-forest --n-estimators 30000 --threads 1 --progress always data/breast_cancer.csv'
    stderr_has 'fitting [0-9]+%  [0-9.]+k?/s  [0-9]+ s left'
    tail -n +2 data/iris.csv >rows
    i=0
    while [ $i -lt 300 ]; do cat rows; i=$((i + 1)); done >many
    run 0 '(head -n 1 data/iris.csv; cat many; sleep 0.5; cat many) | "$MLTOOL" fit --model tree --progress always -'
    stderr_has 'loading.*  [0-9.]+ [kM]B/s'
    expect 0 fit --model random-forest --n-estimators 4000 --threads 1 --cv 3 --progress always data/breast_cancer.csv
    stderr_has 'fold [123] of 3: fitting [0-9]+%'
    expect 0 fit --model random-forest --cv 3 data/breast_cancer.csv
    stderr_lacks 'fold'
}

test_options__threads_do_not_change_a_byte() {
    for threads in 1 2 3 8; do
        expect 0 fit --model random-forest --oob --threads $threads --quiet --digits 17 data/diabetes.csv
        cp .out "out$threads"
        same out1 "out$threads"
    done
}

test_options__digits_are_significant_ones() {
    expect 0 fit --model tree --quiet --digits 3 data/breast_cancer.csv
    stdout_has '^  accuracy +1\.00 +0\.947 '
    expect 0 fit --model tree --quiet --digits 17 data/breast_cancer.csv
    stdout_has '^  accuracy +1\.0000000000000000 +0\.94736842105263153 '
}

test_options__colour_is_for_terminals() {
    expect 0 fit --model tree --quiet --no-color data/iris.csv
    cp .out plain
    run 0 'TERM=xterm "$MLTOOL" fit --model tree --quiet data/iris.csv'
    same plain .out
    command -v script >/dev/null || return 0
    run 0 'TERM=xterm script -qec "\"$MLTOOL\" fit --model tree --quiet data/iris.csv" /dev/null'
    stdout_has "$(printf '\033')\[1m"
    run 0 'NO_COLOR=1 TERM=xterm script -qec "\"$MLTOOL\" fit --model tree --quiet data/iris.csv" /dev/null'
    stdout_lacks "$(printf '\033')"
    run 0 'TERM=xterm script -qec "\"$MLTOOL\" fit --model tree --quiet --no-color data/iris.csv" /dev/null'
    stdout_lacks "$(printf '\033')"
}
