# mltool fit: the articles' numbers, every way of testing, every format.
# shellcheck shell=sh disable=SC2016  # the command lines are expanded by `run`

# What scikit-learn 1.2.1 prints for the articles' examples, to every digit (random_state 42, test_size 0.2).
test_fit__gives_the_numbers_of_the_articles() {
    while read -r value options; do
        # shellcheck disable=SC2086  # words
        expect 0 fit --quiet --format json $options data/breast_cancer.csv
        json_is 'metrics test accuracy' "$value"
        json_is 'split train_rows' 455
        json_is 'split test_rows' 114
    done <<'END'
0.956140350877193 --model bagging
0.9649122807017544 --model adaboost
0.9736842105263158 --model adaboost --algorithm samme.r
0.9649122807017544 --model random-forest
0.9473684210526315 --model tree
END
    expect 0 fit --quiet --model linear --format json data/house_prices.csv
    json_is 'metrics test r2' 1.0
    json_is 'split test_rows' 2
    expect 0 fit --quiet --model linear data/house_prices.csv
    stdout_has '^  Square Footage +200\.00 '
    stdout_has '^  \(Intercept\) +0 '
}

test_fit__table_is_readable() {
    expect 0 fit --model tree data/breast_cancer.csv
    stdout_is <<'END'
Data       data/breast_cancer.csv: 569 rows × 30 features → diagnosis
Task       classification: B, M
Model      tree (criterion gini, min-samples-split 2)
Split      455 rows to train, 114 to test (test size 0.2, random state 42)

How well it predicts the rows it was fitted on (train), and new ones (test)
  metric                  train     test  what it says
  accuracy               1.0000  0.94737  share of rows predicted right
  balanced accuracy      1.0000  0.94399  the same, every class counting alike
  precision (macro)      1.0000  0.94399  share right of the rows given a class
  recall (macro)         1.0000  0.94399  share found of the rows of a class
  F1 (macro)             1.0000  0.94399  precision and recall in one number
  log loss           2.2204e-16   1.8970  error of the probabilities; 0 is best
  ROC AUC                1.0000  0.94399  ranking: 1 is perfect, 0.5 guesswork

Confusion matrix of the test rows: true class down, predicted class across
      B   M
  B  68   3
  M   3  40
END
    stderr_is <<'END'
note: target is 'diagnosis', the last column; --target names another
note: task is classification, since 'diagnosis' is text
END
    expect 0 fit --model tree --quiet --task classification --target cultivar data/wine.csv
    if grep -E '.{81}' .out; then fail 'a line beyond 80 columns'; fi
}

test_fit__markdown_has_the_same_content() {
    expect 0 fit --model tree --quiet --format markdown data/breast_cancer.csv
    stdout_has '^- \*\*Data\*\*: data/breast_cancer\.csv: 569 rows'
    stdout_has '^### Confusion matrix of the test rows'
    stdout_has '^\| metric \| train \| test \| what it says \|$'
    stdout_has '^\|---\|---:\|---:\|---\|$'
    stdout_has '^\| accuracy \| 1\.0000 \| 0\.94737 \|'
}

test_fit__csv_is_long_and_round_trips() {
    expect 0 fit --model tree --quiet --format csv data/breast_cancer.csv
    stdout_lines 15
    stdout_has '^model,part,metric,value$'
    stdout_has '^tree,train,accuracy,1$'
    stdout_has '^tree,test,accuracy,0\.9473684210526315$'
    stdout_has '^tree,test,log_loss,1\.8970'
    tr , '\t' <.out >as-tsv
    expect 0 fit --model tree --quiet --format tsv data/breast_cancer.csv
    same as-tsv .out
}

test_fit__json_follows_its_schema() {
    expect 0 fit --model tree --max-depth 1 --quiet --format json data/breast_cancer.csv
    sed -e 's/"seconds":.*/"seconds":.../; s/"metrics":.*"seconds"/"metrics":...,"seconds"/' \
        -e 's/\("max_leaf_nodes":null\),[^}]*/\1,.../' .out >.shape
    mv .shape .out
    stdout_is <<'END'
{"schema":1,"command":"fit","data":{"file":"data/breast_cancer.csv","rows":569,"features":30,"target":"diagnosis","task":"classification","classes":["B","M"]},"model":"tree","params":{"criterion":"gini","max_depth":1,"min_samples_split":2,"min_samples_leaf":1,"max_leaf_nodes":null,...},"split":{"test_size":0.2,"random_state":42,"stratify":false,"train_rows":455,"test_rows":114},"metrics":...,"seconds":...
END
    expect 0 fit --model tree --quiet --format json data/breast_cancer.csv
    stdout_has '"metrics":\{"train":\{"accuracy":1\.0,'
    stdout_has '"test":\{"accuracy":0\.9473684210526315,"balanced_accuracy":0\.9439[0-9]+,"precision":'
    stdout_has '"classes":\{"B":\{"precision":0\.957746[0-9]+,"recall":0\.957746[0-9]+,"f1":0\.957746[0-9]+,"support":71\},"M":'
    stdout_has '"confusion":\[\[68,3\],\[3,40\]\]\}\},"seconds":\{"load":[0-9.e-]+,"fit":[0-9.e-]+\}\}$'
    expect 0 fit --model linear --quiet --format json data/diabetes.csv
    stdout_lacks '"classes"'
    stdout_has '"task":"regression"\}'
}

test_fit__same_seed_same_bytes_other_seed_other_ones() {
    expect 0 fit --model random-forest --quiet --seed 7 data/wine.csv
    cp .out seven
    expect 0 fit --model random-forest --quiet --random-state 7 data/wine.csv
    same seven .out
    expect 0 fit --model random-forest --quiet --random-state=8 data/wine.csv
    differ seven .out
    expect 0 fit --model random-forest --quiet --seed 4294967295 data/wine.csv
    expect 0 fit --model random-forest --quiet --seed 0 data/wine.csv
}

# train_test_split(range(150), train_size=..., test_size=...): sizes as scikit-learn rounds them
test_fit__splits_as_asked() {
    while read -r train test options; do
        # shellcheck disable=SC2086  # words
        expect 0 fit --model tree --quiet --format json $options data/iris.csv
        json_is 'split train_rows' "$train"
        json_is 'split test_rows' "$test"
    done <<'END'
120 30 --stratify
112 38 --test-size 0.25
75 75 --train-size 0.5
30 15 --train-size 0.2 --test-size 0.1
135 15 --test-size 0.1 --no-shuffle
150 0 --no-split
END
    expect 0 fit --model tree --quiet --format json --no-split data/iris.csv
    stdout_lacks '"test":'
    expect 0 fit --model tree --quiet --no-split data/iris.csv
    stdout_has '^Split +none: all 150 rows train \(random state 42\)'
    stdout_lacks ' test '
    expect 0 fit --model tree --quiet --no-shuffle data/iris.csv
    stdout_has 'not shuffled'
    expect 0 fit --model tree --quiet --format json --train-size 0.5 data/iris.csv
    stdout_has '"split":\{"train_size":0\.5,"random_state":42,'
}

test_fit__tests_on_another_file() {
    expect 0 split --train-out train.csv --test-out test.csv --quiet data/breast_cancer.csv
    expect 0 fit --model adaboost --quiet --format json data/breast_cancer.csv
    cp .out whole
    expect 0 fit --model adaboost --quiet --format json --test test.csv train.csv
    json_is 'metrics test accuracy' 0.9649122807017544
    json_is 'split test_rows' 114
    json_is 'split test_file' test.csv
    expect 0 fit --model adaboost --quiet --test test.csv train.csv
    stdout_has '^Split +455 rows to train, 114 to test from test\.csv$'
    # A pipe for either of them.
    run 0 '"$MLTOOL" fit --model adaboost --quiet --format json --test - train.csv <test.csv'
    json_is 'metrics test accuracy' 0.9649122807017544
    run 0 'cat train.csv | "$MLTOOL" fit --model adaboost --quiet --format json --test test.csv -'
    json_is 'metrics test accuracy' 0.9649122807017544
    # What is wrong with the other file is said of it.
    printf 'a,b\n1,2\n' >other.csv
    refuse 3 '^mltool: other.csv: there is no column' fit --model tree --test other.csv train.csv
    refuse 5 '^mltool: not-there.csv: ' fit --model tree --test not-there.csv train.csv
}

test_fit__test_file_with_unknown_categories() {
    printf 'c,x,y\n' >train.csv
    i=0
    while [ $i -lt 40 ]; do
        printf 'abc\n' | cut -c $((i % 3 + 1)) | sed "s/\$/,$i,$((i * 7 % 30)).5/" >>train.csv
        i=$((i + 1))
    done
    printf 'c,x,y\na,1,2.5\nz,3,4.5\nb,5,6.5\n' >test.csv
    refuse 3 "'z'" fit --model tree --quiet --test test.csv train.csv
    expect 0 fit --model tree --test test.csv --unknown missing train.csv
    stderr_has "^note: .*unknown|^note: .*not know"
}

# cross_val_score(DecisionTreeClassifier(random_state=42), X, y, cv=KFold(5, shuffle=True, random_state=42))
test_fit__cross_validates_as_scikit_learn() {
    expect 0 fit --model tree --cv 5 --quiet --format csv data/iris.csv
    stdout_has '^model,fold,part,metric,value$'
    grep '^tree,[1-5],test,accuracy,' .out | cut -d, -f5 >scores
    printf '1\n0.9666666666666667\n0.9333333333333333\n0.9333333333333333\n0.9333333333333333\n' >wanted
    diff -u wanted scores || fail scores
    stdout_has '^tree,mean,test,accuracy,0\.953333333333333[0-9]*$'
    stdout_has '^tree,sd,test,accuracy,0\.0298[0-9]+$'
    stdout_has '^tree,mean,train,accuracy,1$'
    expect 0 fit --model tree --cv 5 --quiet --format json data/iris.csv
    stdout_has '"split":\{"cv":5,"random_state":42,"stratify":false\},"metrics":\{"cv":\{"accuracy":\{"folds":\[1\.0,0\.9666666666666667,0\.9333333333333333,0\.9333333333333333,0\.9333333333333333\],"mean":0\.95333333333333[0-9]*,"sd":0\.0298[0-9]+\}'
    expect 0 fit --model tree --cv 5 --quiet data/iris.csv
    stdout_has '^Split +5 folds'
    stdout_has '^ +mean +0\.95333 '
    if grep -E '.{81}' .out; then fail 'a line beyond 80 columns'; fi
    expect 0 fit --model tree --cv 3 --no-shuffle --quiet --format csv data/iris.csv
    stdout_has '^tree,1,test,accuracy,0$'
    expect 0 fit --model linear --cv 4 --quiet data/diabetes.csv
    stdout_has '^ +sd +'
    refuse 3 '^mltool: --cv: 200 folds are more than the 150 rows; ' fit --model tree --cv 200 data/iris.csv
}

# cross_val_score(..., cv=StratifiedKFold(5, shuffle=True, random_state=42))
test_fit__stratifies_folds() {
    expect 0 fit --model tree --cv 5 --stratify --quiet --format csv data/iris.csv
    grep '^tree,[1-5],test,accuracy,' .out | cut -d, -f5 >scores
    printf '1\n0.9666666666666667\n0.9333333333333333\n0.9666666666666667\n0.9\n' >wanted
    diff -u wanted scores || fail scores
}

test_fit__shows_the_out_of_bag_score() {
    expect 0 fit --model random-forest --oob --quiet --format json data/breast_cancer.csv
    json_is 'params oob' true
    json_is 'metrics oob_score' 0.9516483516483516
    expect 0 fit --model random-forest --oob --quiet data/breast_cancer.csv
    stdout_has '^Out-of-bag accuracy: 0\.95165 '
    expect 0 fit --model random-forest --oob --quiet --format csv data/breast_cancer.csv
    stdout_has '^random-forest,oob,accuracy,0\.9516483516483516$'
    expect 0 fit --model random-forest --no-oob --quiet --format json data/breast_cancer.csv
    stdout_lacks oob_score
}

test_fit__takes_columns_by_name() {
    expect 0 fit --model linear --quiet --format json --target mileage data/car_prices.csv
    json_is 'data target' mileage
    json_is 'data features' 3
    expect 0 fit --model linear --quiet --format json --features mileage,age data/car_prices.csv
    json_is 'data features' 2
    expect 0 fit --model linear --quiet --format json --drop brand,age data/car_prices.csv
    json_is 'data features' 1
    refuse 2 "prize.*did you mean|prize.*price" fit --model linear --target prize data/car_prices.csv
    refuse 2 'agee' fit --model linear --features agee data/car_prices.csv
    refuse 2 'brnd' fit --model linear --drop brnd data/car_prices.csv
    refuse 2 'price' fit --model linear --drop price --target price data/car_prices.csv
    refuse 2 'wieght' fit --model linear --weights wieght data/car_prices.csv
    refuse 2 'brandd' fit --model linear --categorical brandd data/car_prices.csv
}

test_fit__weights_count_rows() {
    printf 'x,w,y\n1,1,2\n2,3,5\n3,1,7\n4,2,8\n5,1,12\n' >weighted.csv
    printf 'x,y\n1,2\n2,5\n2,5\n2,5\n3,7\n4,8\n4,8\n5,12\n' >repeated.csv
    expect 0 fit --model linear --no-split --quiet --weights w --format csv weighted.csv
    grep -E 'mse|r2' .out | cut -c 1-30 >weighted
    expect 0 fit --model linear --no-split --quiet --format csv repeated.csv
    grep -E 'mse|r2' .out | cut -c 1-30 >repeated
    same weighted repeated
}

test_fit__task_can_be_chosen() {
    expect 0 fit --model tree --quiet --format json --task regression --target proline data/wine.csv
    json_is 'data task' regression
    printf 'x,y\n1,0\n2,1\n3,0\n4,1\n5,0\n6,1\n7,1\n8,0\n9,1\n10,0\n' >data.csv
    expect 0 fit --model tree --quiet --format json data.csv
    json_is 'data task' classification
    expect 0 fit --model tree --quiet --format json --task regression data.csv
    json_is 'data task' regression
    expect 0 fit --model linear --quiet --format json data.csv
    json_is 'data task' regression
    refuse 3 'species|setosa' fit --model linear data/iris.csv
}

test_fit__reading_options_reach_the_reader() {
    printf '# exported\n# twice\nx;y\n1;2\n2;3,5\n3;oops\n4;5\n5;6\n6;7\n7;8\n' | sed 's/,/./' >data.csv
    refuse 3 '' fit --model linear --skip 2 --target y data.csv
    expect 0 fit --model linear --quiet --skip 2 --na oops --format json data.csv
    json_is 'data rows' 6
    expect 0 fit --model linear --quiet --skip 2 --delimiter ';' --na oops --format json data.csv
    json_is 'data rows' 6
    printf '1\t2\n2\t3\n3\t4\n4\t5\n5\t6\n' >data.tsv
    expect 0 fit --model linear --quiet --no-header --delimiter tab --format json data.tsv
    json_is 'data target' x2
    json_is 'data rows' 5
    printf 'x,y\n1,2\n2,3\n3\n4,5\n5,6\n6,7\n' >bad.csv
    refuse 3 '^mltool: bad.csv:4: expected 2 fields, found 1; ' fit --model linear bad.csv
    expect 0 fit --model linear --bad-rows skip --format json bad.csv
    json_is 'data rows' 5
    stderr_has '^note: .*(1 row|row)'
}

test_fit__categorical_makes_names_of_numbers() {
    expect 0 fit --model linear --quiet --no-split data/car_prices.csv
    stdout_has '^  age '
    expect 0 fit --model linear --quiet --no-split --categorical age data/car_prices.csv
    stdout_has '^  age=1 '
    stdout_lacks '^  age '
}

test_fit__missing_cells() {
    printf 'a,b,y\n1,2,3\n2,,5\n3,4,7\n,5,9\n5,6,11\n6,7,14\n7,8,15\n8,9,17\n9,10,19\n10,11,21\n' >data.csv
    refuse 3 '--impute' fit --model linear data.csv
    for how in mean median most-frequent; do
        expect 0 fit --model linear --quiet --impute $how --format json data.csv
        json_is 'data rows' 10
    done
    expect 0 fit --model linear --impute drop --format json data.csv
    json_is 'data rows' 8
    stderr_has '^note: .*2'
    expect 0 fit --model linear --quiet --impute mean --cv 3 data.csv
    expect 0 fit --model tree --quiet --format json data.csv
    json_is 'data rows' 10
}

test_fit__reads_stdin_pipes_and_gzip() {
    expect 0 fit --model tree --quiet --format csv data/iris.csv
    cp .out plain
    run 0 '"$MLTOOL" fit --model tree --quiet --format csv - <data/iris.csv'
    same plain .out
    run 0 'cat data/iris.csv | "$MLTOOL" fit --model tree --quiet --format csv -'
    same plain .out
    run 0 'gzip -c data/iris.csv | "$MLTOOL" fit --model tree --quiet --format csv -'
    same plain .out
    gzip -c data/iris.csv >iris.csv.gz
    expect 0 fit --model tree --quiet --format csv iris.csv.gz
    same plain .out
    mkfifo pipe
    run 0 'cat data/iris.csv >pipe & "$MLTOOL" fit --model tree --quiet --format csv pipe'
    same plain .out
    run 0 '"$MLTOOL" fit --model tree --quiet --format csv /dev/stdin <data/iris.csv'
    same plain .out
}

test_fit__undefined_metrics_are_said_to_be() {
    printf 'x,y\n1,5\n2,5\n3,5\n4,5\n5,5\n6,5\n' >constant.csv
    expect 0 fit --model tree --quiet --task regression --test-size 0.1 constant.csv
    stdout_has '^  R² .* not defined  '
    expect 0 fit --model tree --quiet --task regression --test-size 0.1 --format json constant.csv
    stdout_has '"r2":null'
    stdout_lacks '[nN]a[nN]'
    expect 0 fit --model tree --quiet --task regression --test-size 0.1 --format csv constant.csv
    stdout_has '^tree,test,r2,$'
}

test_fit__trace_of_a_tree() {
    expect 0 fit --model tree --max-depth 2 --quiet data/iris.csv
    cp .out plain
    expect 0 fit --model tree --max-depth 2 --trace --quiet data/iris.csv
    head -n "$(wc -l <plain)" .out | diff plain - || fail 'the report is another'
    sed -n '/^The tree/,$p' .out >.traced
    mv .traced .out
    # DecisionTreeClassifier(max_depth=1, max_features=None) on all columns, and on all but the chosen one
    stdout_is <<'END'
The tree's splits, and the best that another column could have done
  node  rows  impurity     gain  question
     0   120   0.66653  0.33340  petal_length <= 2.4500?
                        0.33340  or: petal_width <= 0.80000?
     2    80   0.49969  0.36490  petal_length <= 4.7500?
                        0.36429  or: petal_width <= 1.7500?
END
    expect 0 fit --model tree --max-depth 1 --trace --quiet --format json data/iris.csv
    json_is 'trace splits runner_up feature' petal_width
    expect 0 fit --model tree --max-depth 1 --trace --quiet --format csv data/iris.csv
    stdout_has '^tree,node 0,runner_up_feature,petal_width$'
    stdout_has '^tree,node 0,runner_up_threshold,0\.80000001'
    expect 0 fit --model tree --max-depth 3 --trace --quiet data/car_prices.csv
    stdout_has ' or: brand is Fiat or Ford\?$'
}

test_fit__trace_of_boosting() {
    expect 0 fit --model adaboost --n-estimators 3 --trace --quiet data/breast_cancer.csv
    if grep -E '.{81}' .out; then fail 'a line beyond 80 columns'; fi
    stdout_has '^ +1 +0\.079121 +2\.4544 +0\.92088 +0\.89474 +mean_concave_points <= 0\.051280\?$'
    stdout_has '^ +1  all weigh alike$'
    stdout_has '^ +2  290 \(6\.32\), 396 \(6\.32\), 89 \(6\.32\), '
    expect 0 fit --model adaboost --n-estimators 3 --trace --quiet --format csv data/car_prices.csv
    stdout_has '^adaboost,round 2,heaviest_1,273$'
    r2=$(sed -n 's/^adaboost,test,r2,//p' .out)
    stdout_has "^adaboost,round 3,test_score,$(echo "$r2" | cut -c 1-12 | sed 's/\./\\./')"
    expect 0 fit --model adaboost --n-estimators 3 --trace --no-split --quiet data/iris.csv
    stdout_has '^ +3 +0\.[0-9]+ +[0-9.]+ +0\.[0-9]+ +petal'
}

test_fit__trace_of_samples() {
    expect 0 fit --model bagging --trace --quiet --impute mean data/breast_cancer.csv
    stdout_has '^Samples: '
    stdout_has '^ +10 +0\.3[0-9]+ +#+$'
    stdout_has '^The mean is 0\.3[67]'
    expect 0 fit --model random-forest --n-estimators 40 --trace --quiet --format json data/iris.csv
    stdout_has '"trace":\{"left_out":\[0\.3[0-9]+,'
    refuse 2 '^mltool: --trace: a model of linear parts has no splits' fit --model linear --trace data/car_prices.csv
    refuse 2 '^mltool: --trace: a model of linear parts has no splits' \
        fit --model bagging --base linear --trace data/car_prices.csv
    refuse 2 '^mltool: --cv: contradicts --trace; ' fit --model tree --trace --cv 3 data/iris.csv
}
