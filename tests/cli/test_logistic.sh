# fit --model logistic: what people and programs see of its coefficients, and what it says when there is no answer.
# shellcheck shell=sh

two='--model logistic --quiet --features mean_radius,mean_texture data/breast_cancer.csv'

# scikit-learn: LogisticRegression(solver="newton-cholesky", tol=1e-12) of the same split
test_logistic__shows_odds_ratios_with_a_penalty() {
    # shellcheck disable=SC2086
    expect 0 fit $two
    stderr_empty
    stdout_has '^Model      logistic \(penalty l2, C 1.0, max-iter 100\)$'
    stdout_has '^Coefficients: what one unit more of a term adds to the log odds of M$'
    stdout_has '^  term          estimate  odds ratio$'
    stdout_has '^  mean_radius    0.97958      2.6633$'
    expect 0 fit --model logistic --quiet data/iris.csv
    for class in setosa versicolor virginica; do
        stdout_has "adds to the log odds of $class\$"
    done
    stdout_has "log odds are against the classes' mean"
    if grep -E '.{81}' .out; then fail 'a line beyond 80 columns'; fi
}

test_logistic__shows_standard_errors_without() {
    # shellcheck disable=SC2086
    expect 0 fit --penalty none --save m $two
    stdout_has '^  term          estimate  std. error        z         p  95% from       to$'
    stdout_has '^  mean_radius    0.99079     0.10651   9.3026  1.37e-20   0.78204   1.1995$'
    expect 0 inspect m
    stdout_has '^  mean_texture   0.22504    0.040023   5.6228  1.88e-08   0.14660  0.30349$'
    expect 0 inspect --format csv m
    stdout_has '^class,term,estimate,std_error,z,p,ci_low,ci_high$'
    stdout_has '^M,mean_radius,0.990[0-9]*,0.106[0-9]*,9.30[0-9]*,1.36[0-9]*e-20,'
    expect 0 inspect --format json m
    stdout_has '[{,]"class":"M","term":"mean_radius","estimate":0.990[0-9]*,"std_error":0.106[0-9]*,"z":9.302'
    expect 0 predict --quiet --proba m data/breast_cancer.csv
    stdout_has '^prediction,p_B,p_M$'
}

test_logistic__has_nulls_where_nothing_is_known() {
    # shellcheck disable=SC2086
    expect 0 fit --save m $two
    expect 0 inspect --format json m
    stdout_has '"term":"\(Intercept\)","estimate":-18.8[0-9]*,"std_error":null,"z":null,"p":null,'
    json_is 'params C' 1.0
    json_is 'params penalty' l2
}

test_logistic__says_what_to_do() {
    refuse 7 "^mltool: data/iris.csv: some rows' class .* above all from 'petal_length' .* use --penalty l2, with --C " \
        fit --model logistic --penalty none data/iris.csv
    refuse 7 '^mltool: data/breast_cancer.csv: .* \(perfect separation\), .* use --penalty l2' \
        fit --model logistic --penalty none data/breast_cancer.csv
    refuse 7 '^mltool: data/wine.csv: logistic regression has not converged in 2 steps .* larger --max-iter' \
        fit --model logistic --max-iter 2 data/wine.csv
    refuse 2 '^mltool: --C: .* --penalty none ' fit --model logistic --penalty none --C 2 data/wine.csv
    refuse 2 "^mltool: --C: '0' is not valid; give a number above 0" fit --model logistic --C 0 data/wine.csv
    refuse 2 "^mltool: --penalty: 'l1' is not one of its values; did you mean 'l2'" \
        fit --model logistic --penalty l1 data/wine.csv
    refuse 2 '^mltool: --task: logistic does no regression' fit --model logistic --task regression data/wine.csv
    printf 'x,y\n1,a\n2,b\n,a\n4,b\n5,a\n6,b\n7,a\n8,b\n' >holes.csv
    refuse 3 "^mltool: holes.csv: column 'x', data row 3: the cell is missing; .* --impute" \
        fit --model logistic holes.csv
    expect 0 fit --model logistic --impute median holes.csv
}

test_logistic__threads_do_not_matter() {
    expect 0 fit --model logistic --threads 1 --save one data/wine.csv
    expect 0 fit --model logistic --threads 8 --save eight data/wine.csv
    expect 0 inspect --format csv one
    cp .out one.csv
    expect 0 inspect --format csv eight
    same .out one.csv
}
