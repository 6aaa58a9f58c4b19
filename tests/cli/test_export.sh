# export: what other programs make of a model is what mltool makes of it.
# shellcheck shell=sh disable=SC2016  # the command lines are expanded by `run`

# Calls a function for each of a list of models: EACH DATA ARG..., fitted on all rows and saved in m.model.
with_models() {
    each=$1
    sed '2s/^[^,]*/NA/; 3s/,[A-Z][A-Za-z]*,/,,/; 9s/^[^,]*/NA/' data/car_prices.csv >holes.csv
    # The class c is in the test part alone; trees that are a leaf.
    awk -F, -v OFS=, 'NR == 1 || NR > 52 { print } NR > 51 && NR < 54 { $5 = "zz"; last = last $0 "\n" }
        END { printf "%s", last }' data/iris.csv >classes.csv
    printf 'x,y\n1,1.5\n2,1.5\n3,1.5\n4,1.5\n5,1.5\n' >flat.csv
    while read -r data words; do
        # shellcheck disable=SC2086  # words
        expect 0 fit --quiet --save m.model $words "$data"
        what="$words $data"
        $each "$data"
    done <<'END'
data/breast_cancer.csv --model tree
data/iris.csv --model random-forest --n-estimators 20
data/wine.csv --model bagging --max-features 0.5
data/breast_cancer.csv --model adaboost
data/breast_cancer.csv --model adaboost --algorithm samme.r
data/wine.csv --model adaboost
data/wine.csv --model adaboost --algorithm samme.r --max-depth 2
classes.csv --model adaboost --no-shuffle --test-size 0.04
data/diabetes.csv --model tree --task regression
data/diabetes.csv --model random-forest --n-estimators 20
data/diabetes.csv --model adaboost
data/diabetes.csv --model linear
data/car_prices.csv --model linear --no-intercept --alpha 2.5
data/diabetes.csv --model bagging --base linear --max-features 0.5
data/car_prices.csv --model linear
data/car_prices.csv --model bagging --base linear --max-features 0.7
data/car_prices.csv --model tree
holes.csv --model random-forest --n-estimators 20
holes.csv --model adaboost
holes.csv --model linear --impute median
holes.csv --model tree --impute most-frequent
flat.csv --model tree --task regression --no-split
END
}

# predicted DATA: in `wanted`, with probabilities where there are any
predicted() {
    proba=
    "$MLTOOL" inspect --format json m.model | grep -q '"task":"classification"' && proba=--proba
    # shellcheck disable=SC2086  # perhaps no word
    expect 0 predict --quiet $proba m.model "$1"
    cp .out wanted
}

c_is_the_same() {
    predicted "$1"
    expect 0 export --to c --out m.c m.model
    stderr_empty
    run 0 '${CC:-cc} -std=c99 -O2 -Wall -Wextra -Wpedantic -Werror m.c -o m -lm'
    run 0 "./m $proba <$1"
    cmp wanted .out || fail "$what: the C program predicts something else"
    run 0 '${CC:-cc} -std=c99 -O1 -Wall -Wextra -Wpedantic -Werror -DMLT_NO_MAIN -c m.c -o m.o'
}

test_export__c_predicts_the_same_bytes() {
    command -v "${CC:-cc}" >/dev/null || return 0
    with_models c_is_the_same
}

# What the C program refuses, and names that would be C.
test_export__c_reads_csv_and_holds_hostile_names() {
    command -v "${CC:-cc}" >/dev/null || return 0
    printf '"*/ \\"" ?\?/",b%%d,y\n' >odd.csv
    i=0
    while [ $i -lt 12 ]; do
        printf '%s,"a ""q"" \\ ??/",%s\n%s,<b>,"z, %%s"\n' $i '*/x' $i >>odd.csv
        i=$((i + 1))
    done
    expect 0 fit --quiet --model tree --save m.model odd.csv
    predicted odd.csv
    expect 0 export --to c m.model
    cp .out m.c
    run 0 '${CC:-cc} -std=c99 -Wall -Wextra -Wpedantic -Werror -trigraphs m.c -o m -lm'
    run 0 './m --proba <odd.csv'
    same wanted .out
    expect 0 fit --quiet --model tree --save m.model data/car_prices.csv
    predicted data/car_prices.csv
    expect 0 export --to c --out m.c m.model
    run 0 '${CC:-cc} -std=c99 m.c -o m -lm'
    # Columns in another order, quotes, CR LF, a byte-order mark, no last line end, a blank line.
    awk -F, -v OFS=, '{ print $3, $4, "\"" $2 "\"", $1 }' data/car_prices.csv | sed 's/$/\r/; 1s/^/\xef\xbb\xbf/; 5s/^/\r\n/' |
        head -c -2 >turned.csv
    run 0 './m <turned.csv'
    same wanted .out
    while IFS='|' read -r code text pattern; do
        printf "$text" >bad.csv
        ends=$code
        run "$ends" './m <bad.csv'
        [ "$ends" -eq 0 ] || grep -Eq "$pattern" .err || { show .err; fail "$text: no '$pattern'"; }
    done <<'END'
3||line 1: the input is empty
3|mileage,age\n1,2\n|line 1: there is no column brand
3|mileage,age,brand\n1,2\n|line 2: too few or too many cells
3|mileage,age,brand\n1,2,Audi\n1,2,Lada\n|line 3: not a category of the model: Lada
3|mileage,age,brand\n1,0x2,Audi\n|line 2: not a number: 0x2
3|mileage,age,brand\n1,1e999,Audi\n|line 2: not a number: 1e999
3|mileage,age,brand\n1,2,"Audi\n|a double quote is not closed
0|mileage,age,brand\n,,\n|
END
    run 2 './m --proba <data/car_prices.csv'
}

onnx_is_the_same() {
    predicted "$1"
    expect 0 export --to onnx --out m.onnx m.model
    stderr_empty
    "$MLTOOL" inspect --format json m.model | sed 's/.*"columns":\(\[.*\]\),"target".*/\1/' >columns.json
    run 0 "node \"\$ROOT/tests/cli/run_onnx.js\" m.onnx columns.json $1"
    # Numbers to 12 digits (terms cancel in sums), texts as they are.
    awk -F, 'NR == FNR { wanted[FNR] = $0; n = FNR; next }
        FNR > 1 {
            if (split(wanted[FNR], a) != NF) exit 1
            for (i = 1; i <= NF; i++) {
                size = a[i] < 0 ? -a[i] : a[i]
                difference = a[i] - $i
                if (a[i] ~ /^[-0-9.e+]+$/ ? difference * difference > (1e-12 * (1 + size)) ^ 2 : a[i] != $i) exit 1
            }
        }
        END { if (FNR != n) exit 1 }' wanted .out || { diff wanted .out | head -n 5; fail "$what: onnxruntime predicts something else"; }
}

# onnxruntime-node is where NODE_PATH says: npm install --ignore-scripts onnxruntime-node
test_export__onnxruntime_predicts_the_same() {
    command -v node >/dev/null && node -e 'require("onnxruntime-node")' 2>/dev/null || return 0
    with_models onnx_is_the_same
}

test_export__onnx_names_what_it_holds() {
    expect 0 fit --quiet --model tree --save m.model data/car_prices.csv
    expect 0 export --to onnx m.model
    # Constants of the wire format: ir_version 10, the producer, the operator and its domain.
    [ "$(head -c 2 .out | od -An -tx1 | tr -d ' ')" = 080a ] || fail 'no ir_version'
    for text in mltool TreeEnsemble ai.onnx.ml nodes_splits membership_values '{"name":"brand","levels":\["Audi","BMW"'; do
        grep -aq "$text" .out || fail "lacks $text"
    done
}

# scikit-learn's Python, if there is one
python_of_sklearn() {
    for python in /usr/bin/python3 python3; do
        "$python" -c 'import sklearn, pandas; assert sklearn.__version__ >= "1.2"' 2>/dev/null && echo "$python" && return
    done
}

test_export__scikit_learn_sees_the_same_numbers() {
    python=$(python_of_sklearn)
    [ "$python" ] || return 0
    sed '2s/^[^,]*/NA/; 3s/^[^,]*/missing/; 9s/$/,1/' data/car_prices.csv >holes.csv
    awk -F, -v OFS=, '{ print $0, NR == 1 ? "weight" : NR % 3 }' data/diabetes.csv >weighted.csv
    tail -n +2 data/iris.csv | sed 's/setosa/1/; s/versicolor/10/; s/virginica/2/' | tr , ';' | gzip >numbers.csv.gz
    expect 0 split --train-out train.csv --test-out test.csv data/wine.csv
    while read -r data words; do
        # shellcheck disable=SC2086  # words
        expect 0 fit --quiet --format csv --save m.model $words "$data"
        cp .out wanted
        expect 0 export --to sklearn --out m.py m.model
        run 0 "$python -W ignore m.py $data"
        awk -F, 'NR == FNR { wanted[FNR] = $0; n = FNR; next }
            {
                if (split(wanted[FNR], a) != NF) exit 1
                for (i = 1; i < NF; i++) if (a[i] != $i) exit 1
                size = a[NF] < 0 ? -a[NF] : a[NF]
                difference = a[NF] - $NF
                if (FNR > 1 && difference * difference > (1e-10 * size + 1e-12) ^ 2) exit 1
            }
            END { if (FNR != n) exit 1 }' wanted .out || {
            diff wanted .out | head -n 10
            fail "$words $data: scikit-learn prints something else"
        }
    done <<'END'
data/house_prices.csv --model linear
data/diabetes.csv --model linear --alpha 0.5
data/diabetes.csv --model linear --no-intercept
data/breast_cancer.csv --model tree
data/diabetes.csv --model tree --max-features sqrt --ccp-alpha 10
data/breast_cancer.csv --model bagging
data/diabetes.csv --model bagging --base linear --max-features 4
data/wine.csv --model bagging --max-samples 50 --no-shuffle --train-size 0.6
data/wine.csv --model random-forest --max-features 0.5 --max-depth 4 --oob --stratify --test-size 0.3 --seed 3
data/wine.csv --model random-forest --no-bootstrap --max-features 3 --criterion entropy --cv 4 --stratify
data/breast_cancer.csv --model adaboost
data/breast_cancer.csv --model adaboost --algorithm samme.r --max-depth 2 --learning-rate 0.5
data/diabetes.csv --model adaboost --loss square --max-leaf-nodes 7
data/car_prices.csv --model linear
data/car_prices.csv --model tree --features mileage,age --no-split
holes.csv --model linear --impute median --na NA,missing --bad-rows skip --target price
holes.csv --model linear --impute drop --na NA,missing --bad-rows skip --target price
weighted.csv --model tree --target progression --weights weight --max-depth 5
numbers.csv.gz --model adaboost --no-header
train.csv --model tree --test test.csv
END
}

test_export__sklearn_refuses_what_it_cannot_do() {
    expect 0 fit --quiet --model tree --save m.model data/car_prices.csv
    refuse 2 "^mltool: --to: 'brand' is a category" export --to sklearn m.model
    expect 0 fit --quiet --model tree --method hist --save m.model data/iris.csv
    refuse 2 '^mltool: --to: the trees come from bins' export --to sklearn m.model
    sed '2s/^[^,]*/NA/' data/diabetes.csv >holes.csv
    expect 0 fit --quiet --model linear --impute mean --cv 3 --save m.model holes.csv
    refuse 2 '^mltool: --to: with --cv each fold' export --to sklearn --out m.py m.model
    only_files m.model holes.csv
    expect 0 fit --model adaboost --early-stopping 3 --quiet --save stops data/breast_cancer.csv
    refuse 2 "does not stop early; fit without --early-stopping" export stops --to sklearn
}

test_export__powers_of_columns_are_refused() {
    expect 0 fit --quiet --model linear --poly 2 --save m.model data/diabetes.csv
    refuse 2 '^mltool: --to: with --poly this is not' export --to sklearn m.model
    refuse 2 "^mltool: --to: a model 'linear' cannot be written as" export --to c --out m.c m.model
    refuse 2 "^mltool: --to: a model 'linear' cannot be written as" export --to onnx m.model
    expect 0 fit --quiet --model logistic --save m.model data/iris.csv
    for form in sklearn dot c onnx; do
        refuse 2 "^mltool: --to: a model 'logistic' " export --to $form m.model
    done
    expect 0 fit --quiet --model linear --alpha gcv --save m.model data/diabetes.csv
    refuse 2 '^mltool: --to: with --alpha gcv this is not' export --to sklearn m.model
    only_files m.model
}

test_export__dot_draws_a_tree() {
    expect 0 fit --quiet --model tree --max-depth 2 --no-split --save m.model data/iris.csv
    expect 0 export --to dot m.model
    stderr_empty
    stdout_is <<'END'
digraph tree {
  node [shape=box, fontname="Helvetica"];
  edge [fontname="Helvetica"];
  n0 [label="petal_length <= 2.4500?\n150 rows"];
  n1 [style="rounded,filled", fillcolor="#e8f0f8", label="setosa, 100% of 50 rows"];
  n2 [label="petal_width <= 1.7500?\n100 rows"];
  n3 [style="rounded,filled", fillcolor="#e8f0f8", label="versicolor, 90.7% of 54 rows"];
  n4 [style="rounded,filled", fillcolor="#e8f0f8", label="virginica, 97.8% of 46 rows"];
  n0 -> n1 [label="yes"];
  n0 -> n2 [label="no"];
  n2 -> n3 [label="yes"];
  n2 -> n4 [label="no"];
}
END
    expect 0 export --to dot --max-depth 1 --digits 2 m.model
    stdout_has 'n0 \[label="petal_length <= 2\.[45]\?'
    stdout_has 'n2 \[style=dashed, label=".*and so on"\];'
    stdout_lacks 'n3'
    expect 0 fit --quiet --model random-forest --n-estimators 3 --save m.model data/iris.csv
    expect 0 export --to dot --tree 0 m.model
    cp .out first
    expect 0 export --to dot --tree 2 m.model
    differ first .out
    refuse 2 '^mltool: --tree: the model has 3 trees; give a number from 0 to 2' export --to dot --tree 3 m.model
    expect 0 fit --quiet --model linear --save m.model data/diabetes.csv
    refuse 2 "^mltool: --to: a model 'linear' without trees" export --to dot m.model
}

test_export__dot_holds_hostile_names() {
    esc=$(printf '\033')
    printf '"a""; n0 [shape=egg] \\N \\",b%s[2J,<b>&`touch owned`\n' "$esc" >odd.csv
    i=0
    while [ $i -lt 12 ]; do
        printf '%s,"two\nlines $(touch owned)",</table>\n%s,"x""];",\\l\n' $i $i >>odd.csv
        i=$((i + 1))
    done
    for model in tree random-forest; do
        expect 0 fit --quiet --model $model --save m.model odd.csv
        expect 0 export --to dot m.model
        stdout_lacks "$esc"
        absent owned
        ! command -v dot >/dev/null || run 0 '"$MLTOOL" export --to dot m.model | dot -Tsvg -o m.svg'
    done
}

test_export__goes_where_it_is_told() {
    expect 0 fit --quiet --model tree --save m.model data/iris.csv
    cp m.model before
    for form in sklearn dot c onnx; do
        expect 0 export --to $form m.model
        cp .out printed
        expect 0 export --to $form --out written m.model
        stdout_empty
        same printed written
    done
    refuse 2 '^mltool: --out: .* is also the input' export --to c --out m.model m.model
    refuse 5 '^mltool: no/where.c: ' export --to c --out no/where.c m.model
    refuse 4 '^mltool: data/iris.csv: ' export --to c --out new.c data/iris.csv
    refuse 2 '^mltool: --to: missing; give sklearn, dot, c or onnx' export m.model
    refuse 2 "^mltool: --to: 'pmml' is not one of its values" export --to pmml m.model
    refuse 2 '^mltool: --tree: is for --to dot' export --to c --tree 1 m.model
    refuse 2 '^mltool: --max-depth: is for --to dot' export --to c --max-depth 1 m.model
    run 2 '"$MLTOOL" export --to c m.model >>m.model'
    [ ! -c /dev/full ] || run 5 '"$MLTOOL" export --to c m.model >/dev/full'
    same before m.model
    only_files m.model before printed written
}
