# fit --staged, --learning-curve and --early-stopping.
# shellcheck shell=sh disable=SC2016  # the command lines are expanded by `run`

# The data file is not there: whoever read it would end with 5.
fit() {
    pattern=$1
    shift
    refuse 2 "$pattern" fit "$@" not-there.csv
}

test_stages__a_row_for_each_tree_and_metric() {
    expect 0 fit --model adaboost --n-estimators 12 --staged --quiet --format csv data/breast_cancer.csv
    stderr_empty
    head -n 1 .out | grep -qx 'model,stage,part,metric,value' || fail header
    stdout_lines $((1 + 12 * 2 * 7))
    # scikit-learn's staged_score: stages_reference.py
    [ "$(grep 'test,accuracy' .out | cut -d, -f 2,5 | sed -n '3p;8p')" = '3,0.9736842105263158
8,0.9824561403508771' ] || { show .out; fail staged; }
    grep '^adaboost,12,' .out | cut -d, -f 1,3- >last
    expect 0 fit --model adaboost --n-estimators 12 --quiet --format csv data/breast_cancer.csv
    tail -n +2 .out >whole
    same last whole
}

test_stages__a_page_for_people() {
    expect 0 fit --model adaboost --staged --quiet data/breast_cancer.csv
    stdout_has '^After each of its trees: accuracy \(more is better\); --format csv has every one$'
    stdout_has '^ +50 +1\.0000 +0\.96491$'
    [ "$(grep -c '^ *[0-9]' .out)" -le 21 ] || { show .out; fail 'more than twenty'; }
    tr -s '\n' ' ' <.out | grep -q 'The best test accuracy is 0\.98246, first after 8 of the 50 trees; after all of them it is 0\.96491\.' ||
        { show .out; fail sentence; }
    expect 0 fit --model bagging --base linear --n-estimators 3 --staged --metric rmse --quiet data/diabetes.csv
    stdout_has '^After each of its members: RMSE \(less is better\)$'
    stdout_has '^  members +train +test$'
    expect 0 fit --model random-forest --n-estimators 5 --staged --no-split --quiet data/iris.csv
    stdout_has '^  trees +train$'
    stdout_lacks 'best test'
}

test_stages__json_and_another_test_file() {
    expect 0 split --train-out train.csv --test-out test.csv --quiet data/wine.csv
    expect 0 fit --model random-forest --n-estimators 4 --staged --test test.csv --quiet --format json train.csv
    stdout_has '"stages":\[\{"members":1,"train":\{"accuracy":[0-9.]+,"balanced_accuracy":'
    json_is 'metrics test accuracy' "$(sed 's/.*"members":4.*"test":{"accuracy":\([0-9.]*\).*/\1/' .out)"
    expect 0 fit --model random-forest --n-estimators 4 --staged --quiet --format tsv data/wine.csv
    stdout_has '^random-forest	4	test	accuracy	'
}

test_stages__threads_do_not_matter() {
    for threads in 1 3; do
        expect 0 fit --model random-forest --n-estimators 9 --staged --threads $threads --quiet --format csv data/wine.csv
        cp .out staged.$threads
        expect 0 fit --model bagging --learning-curve 0.2,0.6,1 --cv 4 --threads $threads --quiet --format csv data/wine.csv
        cp .out curve.$threads
    done
    same staged.1 staged.3
    same curve.1 curve.3
}

test_stages__a_learning_curve() {
    expect 0 fit --model tree --max-depth 2 --learning-curve 0.1,0.3,0.55,1 --cv 4 --seed 7 --quiet --format csv data/iris.csv
    head -n 1 .out | grep -qx 'model,share,rows,part,metric,mean,sd' || fail header
    stdout_lines $((1 + 4 * 2 * 7))
    # scikit-learn's learning_curve: stages_reference.py
    stdout_has '^tree,0\.1,11,test,accuracy,0\.708926[0-9]*,'
    stdout_has '^tree,1,112,train,accuracy,0\.962053[0-9]*,'
    expect 0 fit --model tree --max-depth 2 --learning-curve 0.1,1 --cv 4 --seed 7 --quiet data/iris.csv
    stdout_has '^Fitted to so many rows: accuracy \(more is better\)$'
    stdout_has '^  rows +train +test +sd of test$'
    stdout_has 'If test still gets better towards the end, more rows would help\.'
    # On one split the last share is the fit itself.
    expect 0 fit --model bagging --quiet --format csv data/wine.csv
    wanted=$(sed -n 's/^bagging,test,f1,//p' .out)
    expect 0 fit --model bagging --learning-curve 0.5,1 --metric f1 --quiet --format csv data/wine.csv
    stdout_has "^bagging,1,142,test,f1,$wanted,$"
    expect 0 fit --model bagging --learning-curve 0.5,1 --quiet --format json data/wine.csv
    stdout_has '"learning_curve":\[\{"share":0\.5,"rows":71,"train":\{"accuracy":\{"folds":\['
}

test_stages__a_share_that_cannot_be_fitted_is_told() {
    expect 0 fit --model bagging --max-samples 50 --learning-curve 0.2,1 --quiet data/wine.csv
    tr -s '\n' ' ' <.out | grep -q 'With 28 rows it could not be fitted: --max-samples: ' || { show .out; fail reason; }
    stdout_has '^ +28 +not defined +not defined$'
    expect 0 fit --model bagging --max-samples 50 --learning-curve 0.2,1 --quiet --format json data/wine.csv
    stdout_has '"rows":28,.*"error":"--max-samples'
}

test_stages__early_stopping() {
    expect 0 fit --model adaboost --n-estimators 300 --early-stopping 10 --save ada.safetensors data/wine.csv
    stderr_has '^note: early stopping: [0-9]+ of [0-9]+ rounds are kept, judged by 15 of the 142 training rows$'
    kept=$(sed -n 's/^note: early stopping: \([0-9]*\) of .*/\1/p' .err)
    expect 0 inspect --format json ada.safetensors
    stdout_has '"early_stopping":10,"validation_fraction":0\.1'
    [ "$(grep -o '"n":\[' .out | wc -l)" -eq "$kept" ] || fail "not $kept trees"
    expect 0 predict ada.safetensors data/wine.csv
    # Folds, comparing and tuning stop early, too.
    expect 0 compare --models adaboost,adaboost:early-stopping=5 --cv 3 --quiet --format csv data/wine.csv
    stdout_has ',adaboost:early-stopping=5,accuracy,0\.[0-9]+,'
    refuse 2 '^mltool: --validation-fraction is for --early-stopping; ' fit --model adaboost --validation-fraction 0.3 data/wine.csv
    fit '^mltool: --early-stopping: .0. is not valid; ' --model adaboost --early-stopping 0
    fit '^mltool: --trace: tells of rounds that all training rows take part in' --model adaboost --trace --early-stopping 5
    fit '^mltool: --staged: contradicts --trace; ' --model adaboost --staged --trace
    fit '^mltool: --early-stopping: tree has no such parameter, only: adaboost; ' --model tree --early-stopping 5
}

test_stages__mistakes_are_found_before_reading() {
    fit '^mltool: --staged: tree is one model, not many in turn; ' --model tree --staged
    fit '^mltool: --staged: contradicts --cv; ' --model adaboost --staged --cv 5
    fit '^mltool: --staged: contradicts --learning-curve; ' --model adaboost --staged --learning-curve 0.5,1
    fit '^mltool: --metric: is for --staged and --learning-curve' --model adaboost --metric f1
    fit "^mltool: --metric: 'f1' is no metric of regression; " --model adaboost --staged --metric f1 --task regression
    fit "^mltool: --learning-curve: '0' is not a share above 0 and up to 1; " --model tree --learning-curve 0,1
    fit "^mltool: --learning-curve: '1.5' is not a share " --model tree --learning-curve 0.5,1.5
    fit "^mltool: --learning-curve: '0.5' is not more than the share before; " --model tree --learning-curve 0.5,0.5
    fit '^mltool: --learning-curve: contradicts --save; ' --model tree --learning-curve 0.5 --save x
    fit '^mltool: --learning-curve: contradicts --no-split; ' --model tree --learning-curve 0.5 --no-split
    refuse 3 '^mltool: --learning-curve: 0\.001 of the 120 training rows is no row; ' fit --model tree --learning-curve 0.001,1 data/iris.csv
}
