# mltool predict and evaluate: a saved model on other data.
# shellcheck shell=sh disable=SC2016  # the command lines are expanded by `run`

# keep MODEL-FILE DATA OPTION...: fit and save
keep() {
    saved=$1
    data=$2
    shift 2
    expect 0 fit --quiet --save "$saved" "$@" "$data"
}

test_predict__writes_a_row_for_each_row() {
    keep tree.model data/iris.csv --model tree
    expect 0 predict --quiet tree.model data/iris.csv
    stderr_empty
    stdout_lines 151
    [ "$(head -n 1 .out)" = prediction ] || fail 'the header'
    [ "$(sed -n 2p .out)" = setosa ] || fail 'the first row'
    cut -d, -f5 data/iris.csv | tail -n +2 >truth
    tail -n +2 .out | diff truth - | grep -c '^>' >wrong
    [ "$(cat wrong)" -le 5 ] || fail 'too many wrong predictions'
}

test_predict__gives_probabilities_in_class_order() {
    keep forest.model data/wine.csv --model random-forest
    expect 0 predict --quiet --proba forest.model data/wine.csv
    [ "$(head -n 1 .out)" = 'prediction,p_class_0,p_class_1,p_class_2' ] || fail 'the header'
    awk -F, 'NR > 1 && ($2 + $3 + $4 < 0.999999 || $2 + $3 + $4 > 1.000001) { exit 1 }' .out || fail 'sums'
    keep linear.model data/diabetes.csv --model linear
    refuse 2 '^mltool: --proba: the model predicts numbers' predict --proba linear.model data/diabetes.csv
}

test_predict__keeps_columns_before_the_prediction() {
    printf 'id,when,x,g,y\n007,"a,b",1,u,2\n008,"say ""hi""",2,v,4\n009, padded ,3,u,6\n010,,4,v,8\n011,x,5,u,10\n' >data.csv
    keep model data.csv --model linear --features x,g --no-split
    expect 0 predict --quiet --keep id,when,x,g model data.csv
    cut -d, -f 1 .out | head -n 2 | tail -n 1 | grep -qx 007 || fail 'the text of a column is not kept'
    sed 's/,[0-9.]*$//' .out >kept
    diff -u - kept <<'END' || fail kept
id,when,x,g,prediction
007,"a,b",1,u
008,"say ""hi""",2,v
009,padded,3,u
010,,4,v
011,x,5,u
END
    expect 0 predict --quiet --keep y model data.csv
    refuse 2 "^mltool: --keep: data.csv has no column 'idd'; did you mean 'id'\?" predict --keep idd model data.csv
    refuse 2 "^mltool: --keep: 'id' is given twice; " predict --keep id,id model data.csv
    sed '1s/when/prediction/' data.csv >taken.csv
    refuse 2 "^mltool: --keep: 'prediction' is the name of an output column; " predict --keep prediction model taken.csv
}

test_predict__formats() {
    keep tree.model data/iris.csv --model tree
    head -n 3 data/iris.csv >two.csv
    expect 0 predict --quiet --format json --proba --keep petal_width,species tree.model two.csv
    stdout_is <<'END'
{"schema":1,"command":"predict","model":"tree","target":"species","task":"classification","rows":2,"predictions":[{"petal_width":0.2,"species":"setosa","prediction":"setosa","p_setosa":1.0,"p_versicolor":0.0,"p_virginica":0.0},{"petal_width":0.2,"species":"setosa","prediction":"setosa","p_setosa":1.0,"p_versicolor":0.0,"p_virginica":0.0}]}
END
    expect 0 predict --quiet --format tsv --proba tree.model two.csv
    printf 'prediction\tp_setosa\tp_versicolor\tp_virginica\nsetosa\t1\t0\t0\nsetosa\t1\t0\t0\n' | stdout_is
    refuse 2 "^mltool: --format: 'table' is not one of its values; " predict --format table tree.model two.csv
}

test_predict__finds_columns_by_name() {
    keep cars.model data/car_prices.csv --model linear
    expect 0 predict cars.model data/car_prices.csv
    cp .out wanted
    # In another order, without the target, with a column more.
    awk -F, '{ print $3 "," (NR == 1 ? "extra" : NR) "," $1 "," $2 }' data/car_prices.csv >mixed.csv
    expect 0 predict cars.model mixed.csv
    same wanted .out
    stderr_has '^note: .*extra'
    cut -d, -f 1,3 data/car_prices.csv >lacking.csv
    refuse 3 "^mltool: lacking.csv: there is no column 'age'" predict cars.model lacking.csv
    cut -d, -f 1,2 data/car_prices.csv >lacking.csv
    refuse 3 "^mltool: lacking.csv: there is no column 'brand'" predict cars.model lacking.csv
    sed '5s/^[^,]*/many/' data/car_prices.csv >text.csv
    refuse 3 'mileage' predict cars.model text.csv
}

test_predict__unknown_categories_are_errors_or_missing() {
    keep tree.model data/car_prices.csv --model tree
    sed '3s/BMW/Trabant/; 7s/Volvo/Trabant/; 7s/Audi/Trabant/' data/car_prices.csv >new.csv
    refuse 3 "Trabant" predict tree.model new.csv
    expect 0 predict --unknown missing tree.model new.csv
    stdout_lines 501
    stderr_has '^note: .*[12]'
    expect 0 evaluate --unknown missing tree.model new.csv
    refuse 3 "Trabant" evaluate tree.model new.csv
}

# What predict writes is a CSV file that fit can read, whatever the classes are called.
test_predict__output_reads_back() {
    i=0
    printf 'x,label\n' >odd.csv
    while [ $i -lt 12 ]; do
        printf '%s,"a,""b""\nc"\n%s,"  spaced "\n%s,=1+1\n%s,naïve\n' $i $((i + 20)) $((i + 40)) $((i + 60)) >>odd.csv
        i=$((i + 1))
    done
    keep odd.model odd.csv --model tree --no-split
    expect 0 predict --quiet --proba --keep x odd.model odd.csv
    cp .out predicted.csv
    expect 0 fit --quiet --model tree --no-split --target prediction --features x --format json predicted.csv
    json_is 'data rows' 48
    json_is 'metrics train accuracy' 1.0
    stdout_has '"classes":\["  spaced ","=1\+1","a,\\"b\\"\\u000ac","naïve"\]'
    expect 0 predict --quiet --format tsv --keep x odd.model odd.csv
    cp .out predicted.tsv
    expect 0 fit --quiet --model tree --no-split --target prediction --format json predicted.tsv
    json_is 'metrics train accuracy' 1.0
}

test_predict__saved_model_predicts_what_the_fitted_one_did() {
    for model in linear tree bagging random-forest adaboost; do
        keep model data/diabetes.csv --model $model --no-split
        expect 0 fit --quiet --model $model --no-split --format csv data/diabetes.csv
        sed -n 's/.*,train,/test,/p' .out >fitted
        expect 0 evaluate --quiet --format csv model data/diabetes.csv
        sed -n 's/.*,test,/test,/p' .out >saved
        same fitted saved
    done
}

test_predict__reads_pipes_and_gzip() {
    keep tree.model data/iris.csv --model tree
    expect 0 predict --quiet tree.model data/iris.csv
    cp .out wanted
    run 0 'gzip -c data/iris.csv | "$MLTOOL" predict --quiet tree.model -'
    same wanted .out
    run 0 'cat tree.model | "$MLTOOL" predict --quiet /dev/stdin data/iris.csv'
    same wanted .out
    mkfifo pipe
    run 0 'cat data/iris.csv >pipe & "$MLTOOL" predict --quiet tree.model pipe'
    same wanted .out
}

test_predict__imputes_as_in_training() {
    printf 'a,b,y\n1,2,3\n2,,5\n3,4,7\n,5,9\n5,6,11\n6,7,14\n7,8,15\n8,9,17\n9,10,19\n10,11,21\n' >data.csv
    keep model data.csv --model linear --impute mean
    expect 0 predict --quiet model data.csv
    stdout_lines 11
    printf 'a,b\n1,2\n,\n' >new.csv
    expect 0 predict --quiet model new.csv
    stdout_lines 3
}

test_predict__a_class_may_look_like_a_number() {
    printf 'x,y\n1,01\n2,01\n3,01\n4,01\n5,1\n6,1\n7,1\n8,1\n9,1.0\n10,1.0\n11,1.0\n12,1.0\n' >data.csv
    keep model data.csv --model tree --no-split --task classification
    expect 0 predict --quiet model data.csv
    cut -d, -f 2 data.csv | sed '1s/.*/prediction/' >wanted
    same wanted .out
}

test_evaluate__reports_the_metrics() {
    expect 0 split --quiet --train-out train.csv --test-out test.csv data/breast_cancer.csv
    keep ada.model train.csv --model adaboost --no-split
    expect 0 evaluate --quiet --format json ada.model test.csv
    json_is 'metrics test accuracy' 0.9649122807017544
    stdout_has '^\{"schema":1,"command":"evaluate","data":\{"file":"test\.csv","rows":114,"features":30,"target":"diagnosis","task":"classification","classes":\["B","M"\]\},"model":"adaboost","params":\{'
    stdout_has '"confusion":\[\[70,1\],\[3,40\]\]'
    expect 0 evaluate --quiet ada.model test.csv
    stdout_has '^  accuracy +0\.96491 '
    stdout_has '^  M +3 +40$'
    expect 0 evaluate --quiet --format csv ada.model test.csv
    stdout_has '^adaboost,test,accuracy,0\.9649122807017544$'
    expect 0 evaluate --quiet --format markdown --digits 3 ada.model test.csv
    stdout_has '^\| accuracy \| 0\.965 \|'
}

test_evaluate__needs_the_target() {
    keep tree.model data/iris.csv --model tree
    cut -d, -f 1-4 data/iris.csv >bare.csv
    refuse 3 "^mltool: bare.csv: there is no column 'species'" evaluate tree.model bare.csv
    expect 0 predict --quiet tree.model bare.csv
    sed '4s/,[a-z]*$/,rose/' data/iris.csv >rose.csv
    refuse 3 'rose' evaluate tree.model rose.csv
    sed '4s/,[a-z]*$/,/' data/iris.csv >gap.csv
    expect 0 evaluate tree.model gap.csv
    stderr_has '^note: .*1'
    # A class only in the new data's part, or missing from it: metrics are still defined.
    grep -v virginica data/iris.csv >two.csv
    expect 0 evaluate --quiet tree.model two.csv
}

test_predict__refuses_what_is_no_model() {
    : >empty
    printf 'not a model\n' >text
    keep good.model data/iris.csv --model tree
    head -c 100 good.model >begun
    head -c -1 good.model >short
    { cat good.model; echo; } >long
    tr 'a' 'b' <good.model >changed
    for file in empty text begun short long changed data/iris.csv; do
        refuse 4 "^mltool: $file: " predict $file data/iris.csv
        refuse 4 "^mltool: $file: " evaluate $file data/iris.csv
        refuse 4 "^mltool: $file: " inspect $file
    done
    refuse 5 '^mltool: not-there: ' predict not-there data/iris.csv
    refuse 5 '^mltool: data: ' predict data data/iris.csv
}
