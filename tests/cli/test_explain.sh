# mltool explain: why a row got its prediction.
# shellcheck shell=sh

keep_model() {
    saved=$1
    shift
    expect 0 fit --quiet --save "$saved" "$@"
}

narrow() {
    if grep -E '.{81}' .out; then fail 'a line beyond 80 columns'; fi
    if grep -E ' $' .out; then fail 'blanks at the end of a line'; fi
}

test_explain__a_tree_in_words() {
    keep_model iris.m --model tree data/iris.csv
    expect 0 explain --row 70 iris.m data/iris.csv
    stderr_empty
    narrow
    stdout_is <<'END'
Model      iris.m: tree, predicts species
Row        70 of data/iris.csv (rows count from 0)
Prediction versicolor (probabilities: setosa 0, versicolor 1.0000, virginica 0)
Truth      versicolor

The path down the tree: training rows, and what they say
  rows  says              because
   120  versicolor 34.2%  (all rows)
    80  versicolor 51.2%  petal_length 4.8 > 2.4500
    43  virginica 88.4%   petal_length 4.8 > 4.7500
    35  virginica 97.1%   petal_width 1.8 > 1.7500
     3  virginica 66.7%   petal_length 4.8 <= 4.8500
     1  versicolor 100%   sepal_width 3.2 > 3.1000

What each column adds to the probability of versicolor
  column        value    by path   by SHAP
  (all rows)             0.34167   0.34167
  petal_length    4.8   0.079374   0.52245
  sepal_width     3.2    0.66667   0.32163
  petal_width     1.8  -0.087708  -0.18575
  (this row)              1.0000    1.0000

The smallest changes that alone give it another class
  column        now  then       class          size
  petal_length  4.8  <= 4.7500  virginica  0.028324
  sepal_width   3.2  <= 3.1000  virginica   0.22943

Size: of a number in standard deviations of its column in the data, of a text 1.
END
    expect 0 explain --row 70 --class setosa iris.m data/iris.csv
    stdout_has '^What each column adds to the probability of setosa$'
    # The change does flip the class.
    sed -n '1p;72p' data/iris.csv | sed 's/,4\.8,/,4.75,/' >changed.csv
    expect 0 predict iris.m changed.csv
    stdout_has '^virginica$'
}

test_explain__an_ensemble_and_one_of_its_trees() {
    keep_model cancer.m --model random-forest --n-estimators 25 data/breast_cancer.csv
    expect 0 explain --row 5 cancer.m data/breast_cancer.csv
    narrow
    stdout_lacks '^The path'
    stdout_has '^  \([0-9]+ others\) '
    expect 0 explain --row 5 --tree 25 cancer.m data/breast_cancer.csv
    stdout_has '^The path down tree 25 of 25$'
    expect 0 explain --row 5 --format csv cancer.m data/breast_cancer.csv
    stdout_lines 65
    stdout_has '^B,\(base\),,0\.[0-9]+,0\.[0-9]+$'
    # Parts add up, for awk as well.
    awk -F, '$1 == "M" && $2 == "(score)" { score = $4; next }
             $1 == "M" { path += $4; shap += $5 }
             END { d = path - score; e = shap - score; exit d * d + e * e > 1e-24 }' .out || fail 'the sum'
    cp .out before
    expect 0 explain --row 5 --format csv --threads 3 cancer.m data/breast_cancer.csv
    same before .out
    expect 0 predict --proba cancer.m data/breast_cancer.csv
    proba=$(sed -n '7p' .out | cut -d, -f 3)
    grep -q "^M,(score),,$proba,$proba\$" before || fail "not the probability $proba"
}

test_explain__adaboost_votes() {
    keep_model ada.m --model adaboost --n-estimators 12 data/breast_cancer.csv
    expect 0 explain --row 0 ada.m data/breast_cancer.csv
    narrow
    stdout_has '^The votes of 12 rounds, the heaviest first$'
    stdout_has '^ +1 +2\.4544  M 88\.4% +mean_concave_points 0\.1471 > 0\.051280$'
    stdout_has '^\.\.\. and 2 more rounds'
    stdout_has '^What each column adds to the share of the votes for M$'
    expect 0 explain --row 0 --format json ada.m data/breast_cancer.csv
    json_is score_kind share_of_votes
    stdout_has '"trees":\[\{"weight":2\.45[0-9]+,"nodes":\[0,[0-9]+\]\}'
    keep_model r2.m --model adaboost data/car_prices.csv
    expect 0 explain --row 2 r2.m data/car_prices.csv
    narrow
    stdout_has '^The path down tree [0-9]+ of 50, the weighted median$'
    stdout_has 'brand Toyota is (not|among) '
    keep_model real.m --model adaboost --algorithm samme.r data/iris.csv
    expect 0 explain --row 70 real.m data/iris.csv
    stdout_has '^What each column adds to the score of '
}

test_explain__linear_term_by_term() {
    keep_model cars.m --model linear data/car_prices.csv
    expect 0 explain --row 2 cars.m data/car_prices.csv
    narrow
    stdout_has '^  brand +Toyota +-1712\.7 +-1712\.7$'
    stdout_lacks 'Fiat'
    expect 0 explain --row 2 --format csv cars.m data/car_prices.csv
    stdout_has '^mileage,25100,-0\.0255816[0-9]+,-642\.09[0-9]+$'
    stdout_has '^brand=Fiat,0,-8116\.0[0-9]+,0$'
    stdout_has '^\(prediction\),,,19730\.49[0-9]+$'
    keep_model poly.m --model linear --poly mileage:2 --no-intercept data/car_prices.csv
    expect 0 explain --row 2 poly.m data/car_prices.csv
    stdout_has '^  mileage\^2 +630010000 '
    stdout_lacks 'Intercept'
    keep_model bag.m --model bagging --base linear data/car_prices.csv
    expect 0 explain --row 2 bag.m data/car_prices.csv
    stdout_has '^  mileage +25100 +-6[0-9.]+$'
    refuse 2 '^mltool: --tree: the model has no trees; ' explain --row 2 --tree 1 bag.m data/car_prices.csv
    refuse 2 '^mltool: --class: the model predicts numbers' explain --row 2 --class x bag.m data/car_prices.csv
}

test_explain__missing_cells_and_other_data() {
    sed '2s/^[^,]*/NA/; 3s/,[A-Z][A-Za-z]*,/,,/' data/car_prices.csv >holes.csv
    keep_model cars.m --model tree --max-depth 4 data/car_prices.csv
    expect 0 explain --row 0 cars.m holes.csv
    stdout_has '^  mileage +missing '
    expect 0 explain --row 1 --format json cars.m holes.csv
    stdout_has '"values":\{"mileage":46800\.0,"age":4\.0,"brand":null\}'
    # Without a target there is no truth to tell.
    printf 'brand,age,mileage\nBMW,5,50000\n' >new.csv
    expect 0 explain --row 0 cars.m new.csv
    stdout_lacks '^Truth'
    refuse 2 '^mltool: --row: 1 is beyond the last row of new\.csv, which is 0; rows count from 0' \
        explain --row 1 cars.m new.csv
    refuse 2 '^mltool: --row: missing; ' explain cars.m new.csv
    refuse 2 "^mltool: --row: '-1' is not a whole number" explain --row=-1 cars.m new.csv
    keep_model logistic.m --model logistic data/iris.csv
    refuse 2 "^mltool: logistic: .*; 'mltool inspect' shows" explain --row 0 logistic.m data/iris.csv
    keep_model iris.m --model random-forest --n-estimators 3 data/iris.csv
    refuse 2 "^mltool: --class: the model has no class 'virginca'; did you mean 'virginica'\?" \
        explain --row 1 --class virginca iris.m data/iris.csv
    refuse 2 '^mltool: --tree: there is no tree 4; give a number from 1 to 3' \
        explain --row 1 --tree 4 iris.m data/iris.csv
    expect 0 explain --row 1 --format markdown iris.m data/iris.csv
    stdout_has '^\| petal_length \| 1\.4 \|'
}
