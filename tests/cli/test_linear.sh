# What linear regression alone has: powers, ridge, no intercept, inference, diagnostics, intervals.
# shellcheck shell=sh disable=SC2016  # the command lines are expanded by `run`

linear() { expect 0 fit --model linear --quiet "$@"; }

# digits QUANTITY TERM CERTIFIED DECIMALS: the JSON's number agrees to so many decimals, relative to it
digits() {
    value=$(tr '{' '\n' <.out | sed -n "s/^\"term\":\"$2\".*\"$1\":\([-0-9.e+]*\).*/\1/p")
    awk -v a="$value" -v b="$3" -v d="$4" 'BEGIN { e = (a - b) / b; if (e < 0) e = -e; exit !(a != "" && e < 10 ^ -d) }' ||
        { show .out; fail "$1 of $2 is $value, not $3"; }
}

# NIST's certified values.
test_linear__powers_have_the_digits_of_filip() {
    linear --no-split --poly 10 --format json "$ROOT/tests/fixtures/strd/filip.csv"
    digits estimate '(Intercept)' -1467.48961422980 13
    digits estimate 'x^5' -75.1242017393757 13
    digits estimate 'x^10' -0.402962525080404e-04 13
    digits std_error 'x^10' 0.896632837373868e-05 13
    json_is 'summary rank' 11
    value=$(json 'summary residual_std_error')
    awk -v a="$value" 'BEGIN { e = a / 0.334801051324544e-02 - 1; exit !(e < 1e-13 && e > -1e-13) }' || fail "$value"
}

test_linear__powers_of_every_column_or_of_some() {
    terms() { tr '{' '\n' <.out | sed -n 's/^"term":"\([^"]*\)".*/\1/p' | paste -sd ' '; }
    linear --poly 2 --format json data/car_prices.csv
    [ "$(terms)" = '(Intercept) mileage mileage^2 age age^2 brand=BMW brand=Fiat brand=Ford brand=Toyota brand=Volvo' ] ||
        fail "$(terms)"
    linear --poly age:3 --drop brand --format json data/car_prices.csv
    [ "$(terms)" = '(Intercept) mileage age age^2 age^3' ] || fail "$(terms)"
    linear --poly 2,age:1 --drop brand --format json data/car_prices.csv
    [ "$(terms)" = '(Intercept) mileage mileage^2 age' ] || fail "$(terms)"
    json_is 'params poly' '2,age:1'
    printf '"a,b",c:d,y\n1,4,1\n2,3,5\n3,5,2\n4,1,7\n5,9,3\n7,2,8\n' >data.csv
    linear --no-split --poly '"a,b":2,c:d:2' --format json --save m data.csv
    [ "$(terms)" = '(Intercept) a,b a,b^2 c:d c:d^2' ] || fail "$(terms)"
    expect 0 inspect m
    stdout_has '^Parameters poly "a,b":2,c:d:2, alpha none, intercept true$'
    stdout_has '^  a,b\^2 '
}

# A column of squares does the same, in the fit and in what is predicted of other rows.
test_linear__predict_forms_the_same_powers() {
    awk -F, -v OFS=, '{ print $1, $2, NR == 1 ? "square" : $2 * $2, $4 }' data/car_prices.csv >squares.csv
    linear --poly age:2 --drop brand --save powers data/car_prices.csv
    linear --save squares squares.csv
    printf 'mileage,age,square\n50000,5,25\n1000,40,1600\n' >new.csv
    expect 0 predict --quiet powers new.csv
    awk '{ printf "%.12g\n", $1 }' .out >predictions
    expect 0 predict --quiet squares new.csv
    awk '{ printf "%.12g\n", $1 }' .out | diff predictions - || fail 'predictions differ'
}

test_linear__poly_refuses() {
    while read -r poly pattern; do
        refuse 2 "^mltool: --poly: .*$pattern" fit --model linear --poly "$poly" data/car_prices.csv
    done <<'END'
0 from 1 to 30
31 from 1 to 30
-1 from 1 to 30
2.5 from 1 to 30
x from 1 to 30
age: from 1 to 30
:2 from 1 to 30
age:2, from 1 to 30
"age:2 from 1 to 30
agee:2 no feature 'agee'; did you mean 'age'\?
price:2 no feature 'price'
brand:2 'brand' is a category
2,3 gives a degree twice
age:2,age:3 gives a degree twice
END
    refuse 2 '^mltool: --poly: no feature is numeric, ' fit --model linear --poly 2 --features brand data/car_prices.csv
    refuse 2 '^mltool: --poly: tree has no such parameter, only: linear; ' fit --model tree --poly 2 not-there.csv
}

test_linear__without_intercept() {
    printf 'x,y\n60,130\n61,131\n62,132\n63,133\n64,134\n65,135\n66,136\n67,137\n68,138\n69,139\n70,140\n' >noint1.csv
    linear --no-split --no-intercept --format json noint1.csv
    digits estimate x 2.07438016528926 14
    digits std_error x 0.165289256198347e-01 14
    stdout_lacks 'Intercept'
    json_is 'params intercept' false
    linear --no-split --no-intercept noint1.csv
    stdout_has '^Model +linear \(intercept false\)$'
    stdout_has '^Explained +R² 0\.99937, adjusted 0\.99930$'
}

test_linear__ridge() {
    linear --no-split --alpha 1 --format json data/diabetes.csv
    # Ridge(alpha=1.0).fit(X, y).coef_[2] and intercept_
    digits estimate bmi 306.35268014 10
    digits estimate '(Intercept)' 152.13348416289594 13
    json_is 'summary alpha' 1.0
    json_is 'coefficients std_error' null
    json_is 'summary residual_std_error' null
    linear --no-split --alpha 0 --format csv data/diabetes.csv
    cp .out plain
    linear --no-split --format csv data/diabetes.csv
    same plain .out
    linear --alpha 1 data/diabetes.csv
    stdout_has '^Ridge +alpha 1\.0000, which leaves [0-9.]+ of 11 degrees of freedom to'
    stdout_has 'not defined for ridge$'
    stdout_lacks 'std\. error +t'
    expect 0 fit --model linear --no-split --alpha gcv --save gcv.model data/diabetes.csv
    stderr_has '^note: alpha 0\.00[0-9]+ has the least generalised cross-validation error$'
    expect 0 inspect --format json gcv.model
    json_is 'params alpha' gcv
    alpha=$(json 'summary alpha')
    linear --no-split --alpha "$alpha" --format json data/diabetes.csv
    json_is 'summary alpha' "$alpha"
    for value in -1 nan inf x '' gcv2; do
        refuse 2 '^mltool: --alpha: .*(of at least 0, or gcv, or none|the value is empty)' \
            fit --model linear --alpha "$value" not-there.csv
    done
}

test_linear__inference_in_every_form() {
    linear --no-split --level 0.9 data/car_prices.csv
    stdout_has '^  term +estimate +std\. error +t +p +90% from +to$'
    stdout_has '^Residuals +standard error 2937\.2 on 492 degrees of freedom$'
    stdout_has '^F test +F 390\.62 on 7 and 492 degrees of freedom, p 2\.32e-196$'
    stdout_has '^Criteria +AIC 9414\.1, BIC 9452\.0; '
    stdout_has '^Collinear +largest VIF 2\.4805 \(age\), condition number 9\.4564$'
    if grep -E '.{81}' .out; then fail 'a line beyond 80 columns'; fi
    linear --no-split --level 0.9 --save cars.model --format json data/car_prices.csv
    json_is 'summary level' 0.9
    json_is 'summary df_residual' 492.0
    json_is 'summary f_df' 7.0
    low=$(json 'coefficients ci_low')
    expect 0 inspect --level 0.9 --format json cars.model
    json_is 'coefficients ci_low' "$low"
    expect 0 inspect --format json cars.model
    json_is 'summary level' 0.95
    [ "$(json 'coefficients ci_low')" != "$low" ] || fail 'the level does not matter'
    expect 0 inspect cars.model
    stdout_has '^Variance inflation: '
    stdout_has '^  age +2\.4805$'
    for level in 0 1 95 -0.5 nan x; do
        refuse 2 '^mltool: --level: .*between 0 and 1; ' fit --model linear --level $level not-there.csv
    done
    linear --no-split --save ridge.model --alpha 1 data/diabetes.csv
    expect 0 fit --model tree --quiet --save tree.model data/diabetes.csv
    refuse 2 '^mltool: --level: tree has no standard errors' inspect --level 0.9 tree.model
    refuse 2 '^mltool: --level: with --alpha there are no' inspect --level 0.9 ridge.model
    refuse 2 '^mltool: --level: tree has no standard errors' fit --model tree --level 0.9 not-there.csv
    refuse 2 '^mltool: --level: with --alpha there are no' fit --model linear --alpha gcv --level 0.9 not-there.csv
    refuse 2 '^mltool: --(cv|level): contradicts' fit --model linear --cv 3 --level 0.9 not-there.csv
}

# summary(lm(mpg ~ wt + hp + gears, weights = w)) of the first 27 rows
test_linear__weights_count_as_in_r() {
    head -28 "$ROOT/tests/fixtures/linear/mtcars.csv" >motor.csv
    linear --no-split --weights w --format json --target mpg motor.csv
    expected=$(zcat "$ROOT/tests/fixtures/linear/expected.csv.gz" | grep '^mtcars,')
    for term in wt hp gears=g4; do
        digits estimate $term "$(echo "$expected" | sed -n "s/^mtcars,estimate,$term,//p")" 11
        digits std_error $term "$(echo "$expected" | sed -n "s/^mtcars,std_error,$term,//p")" 11
    done
    digits p wt "$(echo "$expected" | sed -n "s/^mtcars,p,wt,//p")" 10
}

test_linear__diagnostics() {
    expect 0 fit --model linear --no-split --diagnostics rows.csv data/house_prices.csv
    stderr_has '^note: diagnostics of 8 rows written to rows\.csv$'
    printf 'x,y,w\n1,2,1\n2,1,1\n3,5,2\n,9,1\n4,4,0\n5,9,1\n7,6,1\n' >data.csv
    linear --no-split --impute drop --weights w --target y --diagnostics rows.csv data.csv
    # m <- lm(y ~ x, weights = w); cbind(fitted(m), residuals(m), rstudent(m), hatvalues(m), cooks.distance(m))
    sed 's/\([0-9]\.[0-9]\{6\}\)[0-9]*/\1/g' rows.csv >short
    diff - short <<'END' || fail 'diagnostics differ'
row,fitted,residual,studentised_residual,leverage,cooks_distance
0,2.219858,-0.219858,-0.095360,0.432624,0.005176
1,3.198581,-2.198581,-1.033574,0.262411,0.185801
2,4.177304,0.822695,0.500807,0.354609,0.091838
5,6.134751,2.865248,1.701146,0.262411,0.315564
6,8.092198,-2.092198,-2.418723,0.687943,2.464340
END
    linear --test-size 0.5 --diagnostics rows.csv data/house_prices.csv
    [ "$(wc -l <rows.csv)" -eq 5 ] || fail 'not the training rows'
    expect 0 split --indices --test-size 0.5 data/house_prices.csv
    grep ',train$' .out | cut -d, -f 1 | sort >train
    sed 1d rows.csv | cut -d, -f 1 | sort >rows
    same train rows
}

test_linear__diagnostics_refuses() {
    cp data/house_prices.csv houses.csv
    refuse 2 "^mltool: --diagnostics: .*is also the input" fit --model linear --diagnostics houses.csv houses.csv
    same data/house_prices.csv houses.csv
    refuse 2 '^mltool: --diagnostics: --save names the same file; ' \
        fit --model linear --diagnostics out --save ./out houses.csv
    refuse 5 'nowhere/rows.csv' fit --model linear --diagnostics nowhere/rows.csv houses.csv
    refuse 5 '/dev/full' fit --model linear --diagnostics /dev/full --no-split houses.csv
    refuse 2 '^mltool: --diagnostics: tree has no standard errors' fit --model tree --diagnostics rows.csv houses.csv
    refuse 2 '^mltool: --diagnostics: with --alpha there are no' \
        fit --model linear --alpha 2 --diagnostics rows.csv houses.csv
    refuse 2 '^mltool: --(cv|diagnostics): contradicts' fit --model linear --cv 3 --diagnostics rows.csv houses.csv
    only_files houses.csv
}

# predict(lm(dist ~ speed, cars), data.frame(speed = c(10, 30)), interval = ..., level = ...)
test_linear__intervals() {
    cut -d, -f 1,2 "$ROOT/tests/fixtures/linear/stopping.csv" >stopping.csv
    linear --no-split --save stop.model stopping.csv
    printf 'speed,note\n10,a\n30,b\n' >new.csv
    short() { sed 's/\([0-9]\.[0-9]\{6\}\)[0-9]*/\1/g' .out >short; }
    expect 0 predict --quiet --interval confidence stop.model new.csv
    short
    diff - short <<'END' || fail 'confidence'
prediction,lower,upper
21.744992,15.461917,28.028068
100.393167,87.435427,113.350908
END
    expect 0 predict --quiet --interval prediction --level 0.8 --keep note stop.model new.csv
    short
    diff - short <<'END' || fail 'prediction'
note,prediction,lower,upper
a,21.744992,1.351798,42.138187
b,100.393167,78.724675,122.061660
END
    expect 0 predict --quiet --interval prediction --format json stop.model new.csv
    stdout_has '"prediction":21\.74[0-9]*,"lower":-9\.[0-9]*,"upper":5[0-9.]*\}'
    refuse 2 '^mltool: --level: is for --interval; ' predict --level 0.9 stop.model new.csv
    refuse 2 "^mltool: --interval: 'both' is not one of its values; " predict --interval both stop.model new.csv
    printf 'speed,upper\n10,1\n' >taken.csv
    refuse 2 "^mltool: --keep: 'upper' is the name of an output column" \
        predict --interval confidence --keep upper stop.model taken.csv
    expect 0 fit --model tree --quiet --save tree.model stopping.csv
    refuse 2 '^mltool: --interval: tree has no standard errors' predict --interval confidence tree.model new.csv
    linear --alpha 1 --save ridge.model stopping.csv
    refuse 2 '^mltool: --interval: with --alpha there are no' predict --interval confidence ridge.model new.csv
}

# z = x + 1 and c = 3 in training: of rows in which that holds, and of no others.
test_linear__intervals_where_columns_are_collinear() {
    printf 'x,z,c,y\n1,2,3,1\n2,3,3,4\n3,4,3,2\n4,5,3,8\n5,6,3,7\n' >data.csv
    expect 0 fit --model linear --no-split --save m data.csv
    stderr_has "^note: columns 'x' and 'z' are collinear"
    linear --no-split --features x --save alone data.csv
    printf 'x,z,c\n2,3,3\n9,10,3\n2,4,3\n2,3,4\n' >new.csv
    expect 0 predict --interval prediction m new.csv
    stderr_has '^note: rows without interval, .*: 2$'
    sed -n '2,3p' .out | cut -d, -f 2,3 >together
    sed -n '4,5p' .out | grep -Ec ',,$' | grep -qx 2 || { show .out; fail 'intervals where there are none'; }
    expect 0 predict --quiet --interval prediction alone new.csv
    sed -n '2,3p' .out | cut -d, -f 2,3 >apart
    paste -d, together apart | awk -F, '{ for (i = 1; i < 3; i++) { d = $i - $(i + 2); if (d * d > 1e-18) exit 1 } }' ||
        { show together; show apart; fail 'intervals differ'; }
}

test_linear__cross_validation_takes_all_of_it() {
    linear --cv 5 --poly 2 --format csv data/diabetes.csv
    stdout_has '^linear,mean,test,r2,0\.[34]'
    linear --cv 5 --alpha gcv --save m --format csv data/diabetes.csv
    stdout_has '^linear,mean,test,r2,0\.4'
    expect 0 inspect m
    stdout_has '^Ridge +alpha 0\.'
    linear --cv 5 --no-intercept --format csv data/diabetes.csv
    stdout_has '^linear,mean,test,r2,-'
}

test_linear__limits_of_columns() {
    awk 'BEGIN { for (j = 1; j <= 40; j++) printf "x%d,", j; print "y"
        for (i = 1; i <= 20; i++) { for (j = 1; j <= 40; j++) printf "%d,", (i * j * 7 + i * i * j) % 23; print i * i % 11 } }' >wide.csv
    refuse 6 '^mltool: --alpha: gcv is for at most 1024 columns, here are 1200; ' \
        fit --model linear --no-split --alpha gcv --poly 30 wide.csv
    expect 0 fit --model linear --no-split --alpha 1 --poly 3 --format csv wide.csv
    awk 'BEGIN { print "c,y"; for (i = 0; i < 2100; i++) printf "k%d,%d\n", i % 1030, i * 7 % 13 }' >levels.csv
    refuse 6 "^mltool: levels.csv: the model keeps nothing to make intervals of.* more than 1024 columns; " \
        fit --model linear --no-split --diagnostics rows.csv levels.csv
    absent rows.csv
}

# On one thread and on eight.
test_linear__threads_do_not_matter() {
    for threads in 1 8; do
        linear --threads $threads --no-split --poly 4 --diagnostics rows$threads.csv --format csv --save m$threads \
            "$ROOT/tests/fixtures/linear/lake.csv"
        expect 0 predict --quiet --threads $threads --interval confidence m$threads "$ROOT/tests/fixtures/linear/lake.csv"
        cp .out predictions$threads
        expect 0 inspect --format csv m$threads
        cp .out terms$threads
    done
    same rows1.csv rows8.csv
    same predictions1 predictions8
    same terms1 terms8
}
