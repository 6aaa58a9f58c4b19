# mltool inspect: what a model file holds.
# shellcheck shell=sh disable=SC2016  # the command lines are expanded by `run`

keep() {
    saved=$1
    data=$2
    shift 2
    expect 0 fit --quiet --save "$saved" "$@" "$data"
}

test_inspect__draws_a_tree() {
    keep iris.model data/iris.csv --model tree --max-depth 2 --no-split
    expect 0 inspect iris.model
    stderr_empty
    sed -n '/^The tree/,$p' .out >.drawn
    mv .drawn .out
    # export_text(DecisionTreeClassifier(max_depth=2, random_state=42).fit(X, y))
    stdout_is <<'END'
The tree: rows that answer yes go to the first branch
petal_length <= 2.4500?
|-- yes: setosa, 100% of 50 rows
`-- no: petal_width <= 1.7500?
    |-- yes: versicolor, 90.7% of 54 rows
    `-- no: virginica, 97.8% of 46 rows
END
    expect 0 inspect --max-depth 1 iris.model
    stdout_has '^`-- no: petal_width <= 1\.7500\? \.\.\. 100 rows$'
    stdout_has '\(--max-depth shows more\)'
    expect 0 inspect --format markdown iris.model
    stdout_has '^```$'
}

test_inspect__names_categories() {
    keep cars.model data/car_prices.csv --model tree --max-depth 2
    expect 0 inspect cars.model
    stdout_has 'brand is Fiat or Ford\?'
    expect 0 inspect --format json cars.model
    stdout_has '"categories":\[null,'
    stdout_has '\["Fiat","Ford"\]'
}

test_inspect__shows_the_recipe() {
    keep 'my model' data/iris.csv --model tree --max-depth 2 --na 'none,"a b"'
    expect 0 inspect 'my model'
    tr -s ' \n' ' ' <.out >flat
    grep -qF "Made by mltool fit --quiet --save 'my model' --model tree --max-depth 2 --na 'none,\"a b\"' data/iris.csv" flat ||
        { show .out; fail 'the command line'; }
    stdout_has '^Data +data/iris\.csv: 150 rows, SHA-256'
    stdout_has "$(sha256sum <data/iris.csv | cut -d' ' -f 1)"
    stdout_has '^Split +test size 0\.2, random state 42, train rows 120, test rows 30$'
    stdout_has '^Test +accuracy '
    expect 0 inspect --format json 'my model'
    json_is 'recipe data_rows' 150
    json_is 'recipe data_sha256' "$(sha256sum <data/iris.csv | cut -d' ' -f 1)"
    json_is 'recipe split test_size' 0.2
    json_is 'recipe metrics test accuracy' "$(json 'recipe metrics test accuracy')"
    stdout_has '"metrics":\{"train":\{"accuracy":0\.9'
}

test_inspect__json_has_every_node() {
    keep stump.model data/breast_cancer.csv --model tree --max-depth 1 --no-split
    expect 0 inspect --format json stump.model
    # DecisionTreeClassifier(max_depth=1, random_state=42).fit(X, y).tree_
    stdout_has '"trees":\[\{"feature":\[20,-1,-1\],"threshold":\[16\.795000076293945,0\.0,0\.0\],"left":\[1,-1,-1\],"right":\[2,-1,-1\],"value":\[\[357\.0,212\.0\],\[346\.0,33\.0\],\[11\.0,179\.0\]\],"n":\[569,379,190\]'
    stdout_has '"importances":\{.*"worst_radius":1\.0,'
    stdout_has '"features":\["mean_radius","mean_texture"'
}

test_inspect__boosting_has_weights() {
    keep ada.model data/breast_cancer.csv --model adaboost --n-estimators 3
    expect 0 inspect --format json ada.model
    stdout_has '"tree_weights":\[[0-9.]+,[0-9.]+,[0-9.]+\],"tree_errors":\[0\.'
    expect 0 inspect ada.model
    stdout_has '^Trees +3 trees, 9 nodes, at most 1 question deep$'
    stdout_has '^ +1 +2\.4544 +0\.079121 +3$'
}

test_inspect__linear_has_coefficients() {
    keep houses.model data/house_prices.csv --model linear --no-split
    expect 0 inspect --format json houses.model
    stdout_has '"coefficients":\[\{"term":"\(Intercept\)","estimate":0\.0,.*\{"term":"Square Footage","estimate":200\.0,'
    expect 0 inspect houses.model
    stdout_has '^  Square Footage +200\.00 '
    expect 0 inspect --format csv houses.model
    stdout_has '^term,estimate,std_error,t,p,ci_low,ci_high,vif$'
    stdout_has '^Square Footage,200,'
}

test_inspect__importances_are_sorted() {
    keep forest.model data/wine.csv --model random-forest --n-estimators 10
    expect 0 inspect --format csv forest.model
    stdout_lines 14
    stdout_has '^feature,importance$'
    tail -n +2 .out | cut -d, -f 2 >values
    sort -rg values | diff - values || fail 'not sorted'
    awk '{ s += $1 } END { exit s < 0.999999999 || s > 1.000000001 }' values || fail 'the sum'
    expect 0 inspect forest.model
    stdout_has '^Trees +10 trees, '
    stdout_has ' #{30}$'
    if grep -E '.{81}' .out; then fail 'a line beyond 80 columns'; fi
}

test_inspect__bagged_linear_models() {
    keep bag.model data/car_prices.csv --model bagging --base linear
    expect 0 inspect bag.model
    stdout_has '^Members +10 linear models$'
    expect 0 inspect --format json bag.model
    json_is members 10
}

test_inspect__after_cross_validation_the_model_has_all_rows() {
    expect 0 fit --model tree --max-depth 1 --cv 5 --save cv.model data/iris.csv
    stderr_has '^note: the saved model is fitted on all 150 rows$'
    expect 0 inspect --format json cv.model
    stdout_has '"n":\[150,50,100\]'
    json_is 'recipe split cv' 5
    stdout_has '"metrics":\{"cv":\{"accuracy":\{"folds":'
}

test_fit__save_says_the_size() {
    expect 0 fit --model tree --save iris.model data/iris.csv
    stderr_has "^note: model saved in iris\.model, $(wc -c <iris.model) bytes\$"
    expect 0 fit --model tree --save again.model --quiet data/iris.csv
    stderr_empty
    # The recipe holds the command line, which differs; the rest does not.
    expect 0 fit --model tree --save iris.model --quiet data/iris.csv
    cp iris.model before
    expect 0 fit --model tree --save iris.model --quiet data/iris.csv
    same before iris.model
    only_files iris.model again.model before
}

test_inspect__importance_by_impurity_and_by_shuffling() {
    keep forest.model data/wine.csv --model random-forest --oob --no-split
    expect 0 inspect forest.model
    stdout_has '^Out of bag +accuracy 0\.98315 '
    expect 0 inspect --importance forest.model
    stdout_has '^Out of bag +accuracy 0\.98315 '
    stdout_has '^  proline +0\.1[0-9]+ +#+$'
    expect 0 inspect --importance --repeats 3 --seed 7 --metric log_loss forest.model data/wine.csv
    stdout_has '^Data +data/wine\.csv: 178 rows, log loss 0\.0'
    stdout_has '^Shuffled +each column 3 times \(random state 7\)$'
    if grep -E '.{81}' .out; then fail 'a line beyond 80 columns'; fi
    cp .out before
    expect 0 inspect --importance --repeats 3 --seed 7 --metric log_loss --threads 3 forest.model data/wine.csv
    same before .out
    expect 0 inspect --importance --format json --repeats 2 forest.model data/wine.csv
    json_is metric accuracy
    json_is score 1.0
    stdout_has '"importances":\[\{"feature":"[a-z_]+","impurity":0\.[0-9]+,"permutation":\{"mean":0\.[0-9]+,"sd":[0-9.e-]+,"drops":\[[0-9.e-]+,[0-9.e-]+\]\}'
}

test_inspect__importance_says_where_the_two_disagree() {
    # permutation_importance(RandomForestClassifier(random_state=42).fit(train), test, random_state=42)
    expect 0 split --quiet --train-out train.csv --test-out test.csv data/breast_cancer.csv
    keep forest.model train.csv --model random-forest --no-split
    expect 0 inspect --importance --format csv forest.model test.csv
    stdout_has '^feature,importance,permutation_mean,permutation_sd,disagreement$'
    stdout_has '^mean_texture,0\.013590877656998[0-9]*,0\.00350877192982[0-9]*,0\.0042973504259[0-9]*,$'
    stdout_has '^mean_radius,0\.04870337173775[0-9]*,0,0,overrated$'
    expect 0 inspect --importance forest.model test.csv
    stdout_has '^Mind: the trees ask of worst_concave_points, worst_area, '
}

test_inspect__importance_of_a_linear_model_is_by_shuffling() {
    keep cars.model data/car_prices.csv --model linear --no-split
    expect 0 inspect --importance --format csv cars.model data/car_prices.csv
    stdout_has '^feature,permutation_mean,permutation_sd$'
    stdout_lines 4
    refuse 2 '^mltool: --importance: cars\.model is no model of trees, .*; give a file' inspect --importance cars.model
    refuse 2 "^mltool: --metric: regression has no metric 'acc'" \
        inspect --importance --metric acc cars.model data/car_prices.csv
    refuse 2 '^mltool: --importance: missing; ' inspect cars.model data/car_prices.csv
    refuse 2 '^mltool: --repeats: is for the rows of DATA\.csv; ' inspect --repeats 3 cars.model
    refuse 2 '^mltool: --delimiter: is for the rows of DATA\.csv; ' inspect --delimiter ';' cars.model
    refuse 2 '^mltool: --max-depth: contradicts --importance; ' \
        inspect --max-depth 3 --importance cars.model data/car_prices.csv
    cut -d, -f 1-3 data/car_prices.csv >no_price.csv
    refuse 3 'price' inspect --importance cars.model no_price.csv
}
