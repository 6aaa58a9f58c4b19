# Where results and messages go, and what signals, full disks and closed descriptors do.
# shellcheck shell=sh disable=SC2016  # the command lines are expanded by `run`

test_streams__full_disk_is_an_error() {
    [ -c /dev/full ] || return 0
    run 5 '"$MLTOOL" fit --quiet --model tree data/iris.csv >/dev/full'
    stderr_has '^mltool: standard output: cannot be written: No space left on device; '
    run 5 '"$MLTOOL" help >/dev/full'
    expect 0 fit --quiet --model tree --save iris.model data/iris.csv
    run 5 '"$MLTOOL" predict --quiet iris.model data/iris.csv >/dev/full'
    run 5 '"$MLTOOL" inspect --format json iris.model >/dev/full'
    refuse 5 '^mltool: /dev/full: ' fit --model tree --save /dev/full data/iris.csv
    # An error that cannot be told is still one.
    run 2 '"$MLTOOL" fit --model treee data/iris.csv 2>/dev/full'
}

test_streams__a_reader_that_leaves_is_no_error() {
    expect 0 fit --quiet --model tree --save iris.model data/iris.csv
    # Many rows, so that the pipe fills.
    head -n 1 data/iris.csv >many.csv
    i=0
    while [ $i -lt 200 ]; do tail -n +2 data/iris.csv >>many.csv; i=$((i + 1)); done
    run 0 '"$MLTOOL" predict --quiet iris.model many.csv | head -n 1'
    stderr_empty
    [ "$(cat .out)" = prediction ] || fail 'the header'
    run 0 '("$MLTOOL" predict --quiet iris.model many.csv; echo $? >code) | head -n 1'
    stderr_empty
    [ "$(cat code)" -eq 141 ] || fail "exit $(cat code), not by SIGPIPE"
    # Where SIGPIPE is ignored the write fails instead: as quiet, and the same end.
    run 0 '(trap "" PIPE; "$MLTOOL" predict --quiet iris.model many.csv; echo $? >code) | head -n 1'
    stderr_empty
    [ "$(cat code)" -eq 141 ] || fail "exit $(cat code), not as by SIGPIPE"
    run 0 '"$MLTOOL" help fit | head -n 1'
    stderr_empty
}

# A file that is opened must not take the place of a closed descriptor.
test_streams__closed_descriptors_harm_no_file() {
    cp data/iris.csv iris.csv
    expect 0 fit --quiet --model tree --save iris.model iris.csv
    cp iris.model before.model
    run 5 '"$MLTOOL" predict --quiet iris.model iris.csv >&-'
    stderr_has '^mltool: standard output: cannot be written: '
    run 5 '"$MLTOOL" fit --quiet --model tree iris.csv >&-'
    run 0 '"$MLTOOL" fit --model tree iris.csv 2>&-'
    run 0 '"$MLTOOL" predict iris.model iris.csv <&- 2>&-'
    run 5 '"$MLTOOL" predict --quiet iris.model - <&-'
    run 5 '"$MLTOOL" fit --model tree - <&- >&- 2>&-'
    run 0 '"$MLTOOL" fit --model tree --save new.model iris.csv <&- 2>&-'
    run 0 '"$MLTOOL" predict --quiet new.model iris.csv'
    run 5 '"$MLTOOL" fit --model tree --save new.model iris.csv <&- >&- 2>&-'
    run 0 '"$MLTOOL" predict --quiet new.model iris.csv'
    run 5 '"$MLTOOL" fit --model treee iris.csv >&- 2>&-; [ $? -eq 2 ] && exit 5'
    same data/iris.csv iris.csv
    same before.model iris.model
}

test_streams__results_on_stdout_the_rest_on_stderr() {
    run 0 '"$MLTOOL" fit --model tree data/iris.csv 2>/dev/null'
    stdout_lacks '^note: '
    run 0 '"$MLTOOL" fit --model tree data/iris.csv >/dev/null'
    stderr_has '^note: '
    stderr_lacks 'accuracy'
}

test_streams__files_that_cannot_be_read() {
    refuse 5 '^mltool: not-there.csv: ' fit --model tree not-there.csv
    refuse 5 '^mltool: data: ' fit --model tree data
    refuse 5 '^mltool: data: ' split --indices data
    refuse 5 '^mltool: not/there.csv: ' split --train-out a --test-out b not/there.csv
    absent a
    [ "$(id -u)" -ne 0 ] || return 0
    cp data/iris.csv secret.csv
    chmod 0 secret.csv
    refuse 5 '^mltool: secret.csv: .*ermission' fit --model tree secret.csv
}

# Found before the data are read: nobody waits for a fit whose result cannot be kept.
test_streams__files_that_cannot_be_written() {
    refuse 5 '^mltool: no/where.model: ' fit --model tree --save no/where.model not-there.csv
    refuse 5 '^mltool: data: ' fit --model tree --save data not-there.csv
    [ "$(id -u)" -ne 0 ] || return 0
    mkdir locked
    chmod a-w locked
    refuse 5 '^mltool: locked/x.model: .*ermission' fit --model tree --save locked/x.model not-there.csv
    : >read-only.model
    chmod a-w read-only.model
    refuse 5 '^mltool: read-only.model: ' fit --model tree --save read-only.model not-there.csv
}

test_streams__a_file_size_limit_is_an_error_not_a_signal() {
    expect 0 fit --quiet --model tree --max-depth 1 --save old.model data/breast_cancer.csv
    cp old.model before
    run 5 'ulimit -f 8; "$MLTOOL" fit --model random-forest --save old.model data/breast_cancer.csv'
    stderr_has '^mltool: old\.model: '
    same before old.model
    only_files old.model before
    run 5 'ulimit -f 1; "$MLTOOL" predict old.model data/breast_cancer.csv >predictions'
    stderr_has '^mltool: standard output: cannot be written: File too large; '
}

# The program is to be gone at once, by the signal, with the old file as it was and nothing beside it.
test_streams__signals_end_it_and_leave_no_trace() {
    expect 0 fit --quiet --model tree --save keep.model data/iris.csv
    cp keep.model before
    head -n 1 data/breast_cancer.csv >many.csv
    i=0
    while [ $i -lt 20 ]; do tail -n +2 data/breast_cancer.csv >>many.csv; i=$((i + 1)); done
    for signal in INT TERM HUP; do
        "$MLTOOL" fit --model random-forest --n-estimators 100000 --save keep.model many.csv >.out 2>.err &
        child=$!
        sleep 0.4
        # A shell's background children ignore SIGINT, as if it had been nohup.
        if [ $signal = INT ]; then kill -s INT $child; sleep 0.2; kill -0 $child || fail 'INT was not ignored'; signal=TERM; fi
        kill -s $signal $child
        code=0
        wait $child || code=$?
        [ "$code" -gt 128 ] || { show .err; fail "SIG$signal: exit $code"; }
        same before keep.model
        only_files keep.model before many.csv
    done
    # Not in the background, SIGINT is heard.
    code=0
    timeout -s INT 0.5 "$MLTOOL" fit --model random-forest --n-estimators 100000 --save keep.model many.csv >.out 2>.err || code=$?
    [ "$code" -eq 124 ] || [ "$code" -eq 130 ] || { show .err; fail "timeout -s INT: exit $code"; }
    same before keep.model
    only_files keep.model before many.csv
}

# Ctrl-C is heard at once, whatever is being done: what is not gone a tenth of a second later is killed, and timeout
# ends with 137 then. A busy machine gets more chances, and a quick one that is done before is interrupted earlier.
test_streams__interrupts_are_heard_at_once() {
    awk 'BEGIN {
        srand(1)
        for (j = 1; j <= 20; j++) printf "x%d,", j
        print "y"
        for (i = 0; i < 40000; i++) {
            for (j = 0; j < 20; j++) printf "%.6f,", rand()
            print int(2 * rand())
        }
    }' >large.csv
    expect 0 fit --quiet --model random-forest --n-estimators 3 --no-split --save forest.model large.csv
    cp forest.model before
    while read -r delay words; do
        for attempt in 1 2 3 4 5; do
            code=0
            # shellcheck disable=SC2086  # words
            timeout -s INT -k 0.1 "$delay" "$MLTOOL" $words --threads 2 large.csv >.out 2>.err || code=$?
            case $code in
            0) delay=$(echo "$delay" | awk '{print $1 / 2}') && cp before forest.model ;;
            137) ;;
            *) break ;;
            esac
        done
        [ $code -eq 124 ] || fail "$words: after $delay s, try $attempt: exit $code, not at once by the signal"
        same before forest.model
        only_files forest.model before large.csv
    done <<'END'
0.01 fit --model linear
0.1 fit --model tree --criterion entropy --save forest.model
0.1 fit --model tree --task regression --save forest.model
0.4 fit --model bagging --n-estimators 1000 --save forest.model
0.4 fit --model random-forest --n-estimators 1000 --save forest.model
0.4 fit --model adaboost --n-estimators 5000 --save forest.model
0.4 fit --model random-forest --cv 10 --save forest.model
0.015 predict forest.model
END
}

# Names from data and command lines cannot drive the terminal.
test_streams__names_that_attack() {
    esc=$(printf '\033')
    printf 'x,%s[2Jred,y\n' "$esc" >attack.csv
    i=0
    while [ $i -lt 12 ]; do
        printf '%s,`touch owned`,%s]0;title\007\n%s,$(touch owned),@m</script>\n' $i "$esc" $i >>attack.csv
        i=$((i + 1))
    done
    for format in table json csv tsv markdown; do
        expect 0 fit --model tree --format $format --save attack.model attack.csv
        stdout_lacks "$esc"
        stderr_lacks "$esc"
        expect 0 inspect --format $format attack.model
        # A program that reads CSV gets the name as it is.
        case $format in csv | tsv) ;; *) stdout_lacks "$esc" ;; esac
    done
    expect 0 predict --format json --proba --keep "${esc}[2Jred" attack.model attack.csv
    stdout_lacks "$esc"
    stdout_has '\\u001b'
    cp attack.csv "${esc}[31m.csv"
    expect 0 fit --model tree "${esc}[31m.csv"
    stdout_has 'Data +\\x1B\[31m\.csv'
    stdout_lacks "$esc"
    refuse 5 '\\x1B\[31m' fit --model tree "${esc}[31m"
    # To a file the texts are what they are; to a terminal they are not.
    expect 0 predict --quiet attack.model attack.csv
    stdout_has "$esc"
    absent owned
    command -v script >/dev/null || return 0
    run 0 'script -qec "\"$MLTOOL\" predict --quiet attack.model attack.csv" /dev/null'
    stdout_lacks "$esc"
}

# LC_ALL=de_DE: the decimal point stays a point.
test_streams__the_locale_changes_nothing() {
    expect 0 fit --model linear data/diabetes.csv
    cp .out c-locale
    for locale in de_DE.UTF-8 de_DE C.UTF-8 nonsense; do
        run 0 "LC_ALL=$locale \"\$MLTOOL\" fit --model linear data/diabetes.csv"
        same c-locale .out
    done
}
