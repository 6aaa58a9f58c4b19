# tune: searching for parameters.
# shellcheck shell=sh disable=SC2016  # the command lines are expanded by `run`

# The data file is not there: whoever read it would end with 5.
tune() {
    pattern=$1
    shift
    refuse 2 "$pattern" tune "$@" not-there.csv
}

# The columns of a table that are no times: rank to mean
scores() { sed 's/^\(\([^,]*,\)\{7\}\).*/\1/' .out; }

test_tune__a_grid() {
    expect 0 tune --model tree --grid max-depth=1..4 --grid min-samples-leaf=1,5,20 --cv 5 --quiet --format csv data/wine.csv
    stderr_empty
    stdout_lines 13
    head -n 1 .out | grep -q '^rank,round,rows,max-depth,min-samples-leaf,metric,mean,sd,fit_seconds,predict_seconds,error,test_1,test_2,test_3,test_4,test_5$' ||
        { show .out; fail header; }
    # scikit-learn's GridSearchCV: tuning_reference.py
    stdout_has '^1,1,178,4,5,accuracy,0\.9042857142857142,'
    stdout_has '^12,1,178,1,20,accuracy,0\.646349206349206[0-9],'
}

test_tune__a_page_for_people() {
    expect 0 tune --model tree --grid max-depth=1..4 --grid min-samples-leaf=1,5,20 --cv 5 --quiet data/wine.csv
    stdout_has '^Search     12 candidates: max-depth 1, 2, 3, 4 × min-samples-leaf 1, 5, 20$'
    stdout_has '^Candidates by accuracy, best first \(more is better; times in ms\)$'
    stdout_has '^   1  4          5 +0\.90429 '
    stdout_has '^  10 '
    stdout_lacks '^  11 '
    stdout_has '^2 more are in --format csv\.$'
    stdout_has '^Best: --model tree --max-depth 4 --min-samples-leaf 5$'
    stdout_has 'The best of many scores is partly luck'
    if grep -E '.{81}' .out; then fail 'a line beyond 80 columns'; fi
    expect 0 tune --model tree --grid max-depth=3 --cv 3 --quiet data/wine.csv
    stdout_lacks 'luck'
}

test_tune__other_parameters_stay_as_given() {
    expect 0 tune --model tree --grid max-depth=2,3 --criterion entropy --cv 3 --quiet --format json data/iris.csv
    json_is command tune
    json_is 'best params criterion' entropy
    json_is 'search candidates' 2
    stdout_has '"trials":\[\{"rank":1,"round":1,"rows":150,"params":\{"criterion":"entropy","max_depth":[23],'
    expect 0 fit --model tree --max-depth 3 --criterion entropy --cv 3 --quiet --format csv data/iris.csv
    wanted=$(sed -n 's/^tree,mean,test,accuracy,//p' .out)
    expect 0 tune --model tree --grid max-depth=2,3 --criterion entropy --cv 3 --quiet --format csv data/iris.csv
    stdout_has ",3,accuracy,$wanted,"
}

test_tune__at_random() {
    set -- tune --model adaboost --grid learning-rate=0.1..2:log --grid n-estimators=5..50 --random 6 --cv 3 --quiet --format csv
    expect 0 "$@" data/iris.csv
    stdout_lines 7
    scores >first
    expect 0 "$@" --threads 1 data/iris.csv
    scores >second
    same first second
    expect 0 "$@" --seed 1 data/iris.csv
    scores >third
    differ first third
    expect 0 tune --model tree --grid max-depth=1,2 --random 10 --cv 3 data/iris.csv
    stderr_has '^note: there are 2 combinations only$'
}

test_tune__by_halving() {
    expect 0 tune --model random-forest --grid max-depth=2,5,none --grid n-estimators=3,8,20 --cv 5 --seed 3 --halving --quiet --format csv data/diabetes.csv
    # scikit-learn's HalvingGridSearchCV: tuning_reference.py
    stdout_has '^1,3,441,5,8,r2,0\.38728711200130'
    stdout_lines 14
    [ "$(grep -c '^[0-9]*,1,49,' .out)" -eq 9 ] || { show .out; fail 'the first round'; }
    [ "$(grep -c '^[0-9]*,2,147,' .out)" -eq 3 ] || { show .out; fail 'the second round'; }
    expect 0 tune --model tree --grid max-depth=1..4 --halving --factor 2 --cv 3 --quiet data/breast_cancer.csv
    tr -s '\n ' ' ' <.out | grep -q 'by halving, 3 rounds of 142 to 568 rows Split' || { show .out; fail rounds; }
    refuse 3 '^mltool: --halving: the first round needs at least 16 rows' tune --model tree --grid max-depth=1,2 --halving --cv 8 data/house_prices.csv
}

test_tune__threads_do_not_matter() {
    for threads in 1 2 9; do
        expect 0 tune --model bagging --grid n-estimators=2,4 --grid max-depth=1..3 --cv 4 --threads $threads --quiet --format csv data/iris.csv
        scores >table.$threads
        same table.1 table.$threads
    done
}

test_tune__keeps_the_best_fitted_on_all_rows() {
    expect 0 tune --model tree --grid max-depth=1,3 --cv 3 --save best.safetensors data/iris.csv
    stderr_has '^note: the saved model is fitted on all 150 rows$'
    stderr_has '^note: model saved in best\.safetensors, [0-9]+ bytes$'
    expect 0 fit --model tree --max-depth 3 --no-split --save same.safetensors --quiet data/iris.csv
    expect 0 predict best.safetensors data/iris.csv
    cp .out predictions
    expect 0 predict same.safetensors data/iris.csv
    same predictions .out
    expect 0 inspect --format json best.safetensors
    stdout_has '"command":"mltool tune --model tree --grid max-depth=1,3 '
    stdout_has '"split":\{"cv":3,'
    stdout_has '"metrics":\{"cv":\{"accuracy":\{"folds":\['
}

test_tune__a_log_is_resumed() {
    set -- tune --model bagging --grid n-estimators=2,4,8 --grid max-depth=1..3 --cv 4 --format csv
    expect 0 "$@" --quiet data/iris.csv
    scores >whole
    expect 0 "$@" --quiet --log search.log data/iris.csv
    scores >with
    same whole with
    [ "$(wc -l <search.log)" -eq 10 ] || { show search.log; fail 'not a line each'; }
    # Cut off in the middle of a line
    head -c 3000 search.log >cut.log
    kept=$(($(wc -l <cut.log) - 1))
    expect 0 "$@" --log cut.log data/iris.csv
    stderr_has "^note: cut\\.log holds $kept results; they are not fitted again$"
    scores >resumed
    same whole resumed
    sort search.log | sed 's/"fit_seconds.*//' >lines
    sort cut.log | sed 's/"fit_seconds.*//' | cmp - lines || fail 'the logs differ'
    # A larger grid uses what there is.
    expect 0 tune --model bagging --grid n-estimators=2,4,8,9 --grid max-depth=1..3 --cv 4 --metric f1 --log search.log data/iris.csv
    stderr_has '^note: search\.log holds 9 results'
    [ "$(wc -l <search.log)" -eq 13 ] || { show search.log; fail 'not three lines more'; }
}

test_tune__an_interrupted_search_goes_on() {
    set -- tune --model random-forest --grid n-estimators=100,200,300 --grid max-depth=2..9 --cv 10 --quiet --log search.log
    : >search.log
    "$MLTOOL" "$@" data/breast_cancer.csv >/dev/null 2>&1 &
    pid=$!
    tries=0
    while [ "$(grep -c . search.log 2>/dev/null)" -lt 3 ] && [ $tries -lt 600 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
    kill -INT $pid 2>/dev/null || kill -TERM $pid
    wait $pid
    [ $? -gt 128 ] || return 0 # it was quicker
    lines=$(wc -l <search.log)
    [ "$lines" -ge 3 ] || fail "$lines lines"
    # What was finished is not fitted again.
    grep -c '"n_estimators":100,' search.log >before
    expect 0 tune --model random-forest --grid n-estimators=100 --grid max-depth=2,3 --cv 10 --log search.log data/breast_cancer.csv
    stderr_has '^note: search\.log holds [0-9]+ results'
    only_files search.log before
}

test_tune__a_log_of_another_search_is_refused() {
    expect 0 tune --model tree --grid max-depth=1,2 --cv 3 --quiet --log search.log data/iris.csv
    cp search.log before
    log() {
        refuse 3 "^mltool: search\\.log: is the log of another search: $1; name another file" tune --quiet --grid max-depth=1,2 --log search.log "$2" "$3" "$4" "$5" "$6" "$7" "$8"
    }
    log 'its folds or its random state are others' --model tree --cv 4 --task auto data/iris.csv
    log 'its folds or its random state are others' --model tree --cv 3 --seed 1 data/iris.csv
    log 'its model is another' --model adaboost --cv 3 --task auto data/iris.csv
    log 'its data file was another, or has been changed since' --model tree --cv 3 --task auto data/wine.csv
    log 'its columns are others, or of other types' --model tree --cv 3 --drop petal_width data/iris.csv
    same before search.log
    echo precious >data.csv
    refuse 3 '^mltool: data\.csv: is there already and is no log of mltool tune; ' tune --model tree --grid max-depth=1,2 --log data.csv data/iris.csv
    [ "$(cat data.csv)" = precious ] || fail 'the file has changed'
}

test_tune__mistakes_are_found_before_reading() {
    tune '^mltool: --model: missing; give one of ' --grid max-depth=1,2
    tune '^mltool: --grid: missing; ' --model tree
    tune "^mltool: --grid: the model has no parameter 'max-dept'; did you mean 'max-depth'\?" --model tree --grid max-dept=1
    tune "^mltool: --grid: 'max-depth' has no values; write " --model tree --grid max-depth
    tune "^mltool: --grid: 'max-depth=' has no values; write " --model tree --grid max-depth=
    tune "^mltool: --grid: --max-depth: '0' is not valid; " --model tree --grid max-depth=2,0
    tune "^mltool: --grid: --max-depth: '' is not valid; " --model tree --grid max-depth=2,,3
    tune "^mltool: --grid: max-depth: '2' is there twice; " --model tree --grid max-depth=2,3,2
    tune "^mltool: --grid: 'max-depth' is there twice; " --model tree --grid max-depth=2 --grid max_depth=3
    tune '^mltool: --grid: --max-depth is given, too; ' --model tree --grid max-depth=2 --max-depth 3
    tune '^mltool: --grid: max-depth: the range from 5 to 2 is empty; ' --model tree --grid max-depth=5..2
    tune '^mltool: --grid: learning-rate: a range of numbers is drawn from at random; add --random N' \
        --model adaboost --grid learning-rate=0.1..2
    tune '^mltool: --grid: n-estimators: a range by powers is drawn from at random; ' --model adaboost --grid n-estimators=1..20:log
    tune '^mltool: --grid: min-impurity-decrease: powers do not reach 0; ' --model tree --random 3 --grid min-impurity-decrease=0..1:log
    refuse 6 '^mltool: --grid: the values have more than 10000 combinations; ' tune --model tree --task classification --grid max-depth=1..1000 --grid min-samples-leaf=1..1000 not-there.csv
    tune "^mltool: --random: '0' is not a whole number from 1 " --model tree --grid max-depth=1..3 --random 0
    tune '^mltool: --factor: is for --halving; ' --model tree --grid max-depth=1..3 --factor 2
    tune '^mltool: --task: linear does no classification; ' --model linear --task classification --grid max-depth=1
    tune "^mltool: --metric: 'recal' is no metric; did you mean 'recall'\?" --model tree --grid max-depth=1,2 --metric recal
    tune "^mltool: --criterion: 'squared-error' is not for classification; " --model tree --task classification --grid criterion=gini,squared-error
    tune '^mltool: --cv: contradicts --holdout; ' --model tree --grid max-depth=1,2 --cv 3 --holdout
    cp data/iris.csv iris.csv
    refuse 2 "^mltool: --log: 'iris\\.csv' is also the input" tune --model tree --grid max-depth=1,2 --log iris.csv iris.csv
    refuse 2 "^mltool: --log: 'x' is also the input" tune --model tree --grid max-depth=1,2 --log x --save x iris.csv
    refuse 5 '^mltool: no/x: cannot be written' tune --model tree --grid max-depth=1,2 --log no/x iris.csv
}

test_tune__what_cannot_be_fitted_is_told() {
    expect 0 tune --model random-forest --grid max-features=2,9 --cv 3 --quiet data/iris.csv
    tr -s '\n' ' ' <.out | grep -q '1 candidate could not be fitted: --max-features: ' || { show .out; fail reason; }
    expect 0 tune --model random-forest --grid max-features=2,9 --cv 3 --quiet --format csv data/iris.csv
    stdout_has '^,1,150,9,accuracy,,,,,"?--max-features: '
    refuse 2 '^mltool: --max-features: ' tune --model random-forest --grid max-features=9,10 --cv 3 data/iris.csv
}

test_tune__one_test_instead_of_folds() {
    expect 0 tune --model tree --grid max-depth=1,3 --test-size 0.3 --quiet --format csv data/iris.csv
    cp .out table
    expect 0 fit --model tree --max-depth 3 --test-size 0.3 --quiet --format csv data/iris.csv
    wanted=$(sed -n 's/^tree,test,accuracy,//p' .out)
    grep -q ",3,accuracy,$wanted,,.*,$wanted\$" table || { show table; fail "$wanted"; }
}
