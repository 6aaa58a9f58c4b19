# compare: models over the same folds.
# shellcheck shell=sh disable=SC2016  # the command lines are expanded by `run`

# The data file is not there: whoever read it would end with 5.
compare() {
    pattern=$1
    shift
    refuse 2 "$pattern" compare "$@" not-there.csv
}

# All but the times
timeless() { sed 's/[0-9.e+-]*,[0-9.e+-]*,\([^,]*\)$/\1/' .out; }

test_compare__all_models_of_the_task() {
    expect 0 compare --quiet --cv 5 --format csv data/wine.csv
    stderr_empty
    timeless >table
    cat >wanted <<'END'
rank,model,metric,mean,sd,difference,t,p,p_holm,verdict,fit_seconds,predict_seconds,error
END
    head -n 1 .out | cmp - wanted || fail "$(head -n 1 .out)"
    for model in logistic tree bagging random-forest adaboost; do
        grep -q ",$model,accuracy,0\." table || { show table; fail $model; }
    done
    stdout_lacks 'linear|baseline'
    stdout_has '^1,random-forest,accuracy,[0-9.]*,[0-9.]*,0,,,,best,'
    expect 0 compare --quiet --cv 3 --format csv data/diabetes.csv
    stdout_has ',linear,r2,'
    stdout_lacks 'logistic|baseline'
}

# The folds are those of fit.
test_compare__agrees_with_fit() {
    expect 0 fit --model tree --cv 5 --seed 3 --stratify --quiet --format csv data/wine.csv
    wanted=$(sed -n 's/^tree,mean,test,accuracy,//p' .out)
    expect 0 compare --models tree,bagging --cv 5 --seed 3 --stratify --quiet --format csv data/wine.csv
    stdout_has ",tree,accuracy,$wanted,"
    expect 0 fit --model bagging --test-size 0.3 --quiet --format csv data/wine.csv
    wanted=$(sed -n 's/^bagging,test,f1,//p' .out)
    expect 0 compare --models tree,bagging --test-size 0.3 --metric f1 --quiet --format csv data/wine.csv
    stdout_has ",bagging,f1,$wanted,"
}

# scikit-learn's cross_val_score over RepeatedKFold(3, n_repeats=2, random_state=7): comparison_reference.py
test_compare__repeats_go_on_with_one_generator() {
    expect 0 compare --models tree --baseline --cv 3 --repeats 2 --seed 7 --quiet --format json data/wine.csv
    json_is 'split repeats' 2
    grep -Eo '"accuracy":\{"folds":\[[^]]*\]' .out | head -n 1 >folds
    cat >wanted <<'END'
"accuracy":{"folds":[0.95,0.9322033898305084,0.8135593220338984,0.9,0.8305084745762712,0.9491525423728814]
END
    same wanted folds
}

test_compare__threads_do_not_matter() {
    for threads in 1 2 7 64; do
        expect 0 compare --baseline --cv 4 --threads $threads --quiet --format csv data/breast_cancer.csv
        timeless >table.$threads
        same table.1 table.$threads
    done
}

test_compare__the_same_model_twice_has_two_names() {
    expect 0 compare --quiet --cv 4 --models 'tree:max-depth=1,tree:max-depth=3:min-samples-leaf=4,tree' data/wine.csv
    stdout_has ' tree:max-depth=3:min-samples-leaf=4 '
    stdout_has ' tree:max-depth=1 '
    stdout_has ' tree  '
    expect 0 compare --quiet --cv 4 --models 'tree:max-depth=1,tree' --format json data/wine.csv
    stdout_has '"label":"tree:max-depth=1","model":"tree","params":\{[^}]*"max_depth":1,'
}

# A value may hold a colon.
test_compare__a_colon_in_a_value() {
    expect 0 compare --quiet --cv 3 --models linear:poly=mileage:2:alpha=1.0,linear --format json data/car_prices.csv
    stdout_has '"label":"linear:poly=mileage:2:alpha=1\.0","model":"linear","params":\{[^}]*"poly":"mileage:2"'
    stdout_has '"params":\{[^}]*"alpha":1\.0'
}

test_compare__says_which_differ_and_which_cannot_be_told_apart() {
    expect 0 compare --quiet --baseline --models adaboost,tree,bagging,random-forest data/breast_cancer.csv
    tr -s '\n' ' ' <.out >flat
    grep -q 'adaboost has the highest mean accuracy, and its lead over baseline is more than chance explains; random-forest, bagging and tree cannot be told apart from it: the differences may be chance\.' flat ||
        { show .out; fail sentence; }
    grep -q 'p: how often chance alone' flat || { show .out; fail 'what p is'; }
    expect 0 compare --quiet --models tree,baseline data/breast_cancer.csv
    tr -s '\n' ' ' <.out | grep -q 'tree has the highest mean accuracy, and its lead over baseline is more than chance explains\. ' ||
        { show .out; fail sentence; }
    expect 0 compare --quiet --models tree,bagging --metric log-loss data/breast_cancer.csv
    stdout_has 'Models by log loss, best first \(less is better'
    stdout_has '^bagging has the lowest mean log loss, '
}

test_compare__one_test_cannot_tell() {
    expect 0 compare --quiet --holdout --models random-forest,tree,bagging data/wine.csv
    tr -s '\n' ' ' <.out >flat
    grep -q 'has the highest accuracy on 36 test rows, but a single test cannot tell a real difference from chance; --cv 10 can\.' flat ||
        { show .out; fail sentence; }
    stdout_lacks ' p '
    expect 0 compare --quiet --train-size 0.3 --format json data/wine.csv
    json_is 'split train_size' 0.3
    stdout_has '"verdict":"untested"'
    stdout_has '"p":null'
    # Two that are alike share the first place.
    expect 0 compare --quiet --holdout --models tree:max-depth=1,tree:max-leaf-nodes=2 data/iris.csv
    tr -s '\n' ' ' <.out | grep -q 'tree:max-depth=1 and tree:max-leaf-nodes=2 have the highest accuracy on 30 test rows' ||
        { show .out; fail sentence; }
}

test_compare__a_model_that_cannot_be_fitted_is_named() {
    sed '2s/^[^,]*/NA/' data/diabetes.csv >holes.csv
    expect 0 compare --quiet --cv 3 holes.csv
    tr -s '\n' ' ' <.out | grep -q "linear is left out, since it could not be fitted: holes\.csv: column 'age', data row 1: the cell is missing" ||
        { show .out; fail reason; }
    stdout_lacks '^ +[0-9] +linear'
    expect 0 compare --quiet --cv 3 --format csv holes.csv
    stdout_has '^,linear,r2,,,,,,,failed,,,"?holes\.csv: column '
    expect 0 compare --quiet --cv 3 --impute mean --format csv holes.csv
    stdout_has '^1,linear,r2,0\.'
    # None at all
    refuse 3 'holes\.csv: .*the cell is missing; ' compare --quiet --cv 3 --models linear,bagging:base=linear holes.csv
}

test_compare__the_baseline_is_a_model_like_others() {
    expect 0 fit --model baseline --save base.safetensors --quiet --format csv data/iris.csv
    expect 0 predict base.safetensors data/iris.csv
    stdout_lines 151
    expect 0 inspect base.safetensors
    stdout_has '^Model +baseline: the commonest class or the mean'
    refuse 2 '^mltool: baseline: predictions of trees and of linear regression can be taken apart, not these; ' explain --row 1 base.safetensors data/iris.csv
    expect 0 fit --model baseline --save mean.safetensors --quiet --format csv data/diabetes.csv
    expect 0 explain --row 1 mean.safetensors data/diabetes.csv
}

test_compare__formats() {
    expect 0 compare --quiet --cv 3 --format tsv data/iris.csv
    stdout_has '^rank	model	metric	mean	'
    expect 0 compare --quiet --cv 3 --format markdown data/iris.csv
    stdout_has '^\| +\| model \| mean \| sd \|'
    stdout_has '^### Models by accuracy'
    expect 0 compare --quiet --cv 3 --format json data/iris.csv
    json_is command compare
    json_is metric accuracy
    stdout_has '"models":\[\{"rank":1,"label":'
    stdout_has '"metrics":\{"accuracy":\{"folds":\[[0-9.]*,[0-9.]*,[0-9.]*\],"mean":'
    expect 0 compare --quiet --cv 3 --models bagging:n-estimators=10,adaboost:n-estimators=50 --baseline data/iris.csv
    if grep -E '.{81}' .out; then fail 'a line beyond 80 columns'; fi
}

test_compare__mistakes_are_found_before_reading() {
    compare "^mltool: --models: 'adabost' is no model; did you mean 'adaboost'\?" --models tree,adabost
    compare "^mltool: --models: bagging has no parameter 'n-estimator'; did you mean 'n-estimators'\?" \
        --models tree,bagging:n-estimator=3
    compare "^mltool: --models: bagging:n-estimators=0: --n-estimators: '0' is not valid; " --models tree,bagging:n-estimators=0
    compare "^mltool: --models: 'n-estimators' has no value; write bagging:PARAMETER=VALUE" --models tree,bagging:n-estimators
    compare "^mltool: --models: bagging: 'n-estimators' is given twice; " --models tree,bagging:n-estimators=3:n_estimators=4
    compare "^mltool: --models: 'tree' is there twice; " --models tree,bagging,tree
    compare '^mltool: --models: one model has nothing to be compared with; ' --models tree
    compare '^mltool: --models: one model has nothing to be compared with; ' --models baseline --baseline
    compare '^mltool: --models: linear does no classification; ' --models linear,tree --task classification
    compare "^mltool: --metric: 'acuracy' is no metric; did you mean 'accuracy'\?" --metric acuracy
    compare "^mltool: --metric: 'f1' is no metric of regression; give one of mse, rmse" --metric f1 --task regression
    compare '^mltool: --models: adaboost:loss=square: --loss is for regression' --models adaboost:loss=square,tree --task classification
    compare '^mltool: --stratify: regression has no classes' --stratify --task regression
    compare '^mltool: --stratify: needs shuffling' --stratify --no-shuffle --holdout
    compare '^mltool: --cv: contradicts --holdout; ' --cv 3 --holdout
    compare '^mltool: --repeats: contradicts --no-shuffle; ' --repeats 3 --no-shuffle
    compare '^mltool: --repeats: contradicts --test-size; ' --repeats 3 --test-size 0.5
    compare "^mltool: --cv: '1' is not a whole number from 2 " --cv 1
    refuse 3 "'setosa' is not a number, but regression predicts numbers" compare --models linear,tree data/iris.csv
    refuse 2 "^mltool: --metric: 'rmse' is no metric of classification; " compare --metric rmse data/iris.csv
    refuse 3 '^mltool: --cv: 151 folds are more than the 150 rows; ' compare --cv 151 data/iris.csv
}

test_compare__is_quick() {
    start=$(date +%s)
    expect 0 compare --baseline --quiet data/breast_cancer.csv
    [ $(($(date +%s) - start)) -le 20 ] || fail 'more than 20 s, on any machine'
}
