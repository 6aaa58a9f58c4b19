# replay: what a model file records, done again.
# shellcheck shell=sh disable=SC2016  # the command lines are expanded by `run`

# again DATA ARG...: a model fitted with these options is the same when fitted again
again() {
    data=$1
    shift
    expect 0 fit --quiet --save again.model "$@" "$data"
    cp again.model before
    expect 0 replay again.model "$data"
    stderr_empty
    stdout_has '^verdict +identical$'
    same before again.model
}

test_replay__every_model_is_the_same_again() {
    for model in $("$MLTOOL" models --format csv | tail -n +2 | cut -d , -f 1); do
        case $("$MLTOOL" models --format csv | grep "^$model,") in
        *,regression,*) again data/diabetes.csv --model $model ;;
        *) again data/breast_cancer.csv --model $model --seed 7 ;;
        esac
    done
    again data/diabetes.csv --model random-forest --max-features 0.5 --oob --threads 2
    again data/car_prices.csv --model tree --max-depth=4 --categorical age
    again data/breast_cancer.csv --model adaboost --algorithm samme.r
    again data/car_prices.csv --model bagging --base linear --no-bootstrap --max-samples 0.5
}

test_replay__every_way_of_reading_and_dividing() {
    again data/wine.csv --model tree --stratify --test-size 0.3
    again data/wine.csv --model tree --no-shuffle --train-size 0.5
    again data/wine.csv --model tree --cv 3 --stratify
    again data/wine.csv --model tree --no-split --drop alcohol --format json --digits 3
    again data/wine.csv --model tree --features alcohol,hue
    tail -n +2 data/iris.csv | tr , ';' | gzip >iris.csv.gz
    again iris.csv.gz --model tree --no-header --delimiter ';'
    sed '2s/^[^,]*/NA/; 3s/^[^,]*/missing/; 9s/$/,1/' data/car_prices.csv >holes.csv
    again holes.csv --model linear --impute median --na NA,missing --bad-rows skip --target price
    awk -F, -v OFS=, '{ print $0, NR == 1 ? "a weight" : NR % 3 }' data/car_prices.csv >'a file.csv'
    again 'a file.csv' --model tree --target price --weights 'a weight'
    expect 0 split --train-out train.csv --test-out test.csv data/wine.csv
    again train.csv --model tree --test test.csv
    # The data from elsewhere, and not twice from a pipe.
    mv train.csv moved.csv
    expect 0 replay again.model moved.csv
    run 0 'cat moved.csv | "$MLTOOL" replay again.model -'
    stdout_has '^verdict +identical$'
}

test_replay__names_the_first_difference() {
    expect 0 fit --quiet --model tree --save iris.model data/iris.csv
    sed 2d data/iris.csv >other.csv
    expect 1 replay iris.model other.csv
    stderr_empty
    stdout_has '^verdict +different$'
    stdout_has '^difference +the data are others: their SHA-256 was [0-9a-f]{12}\.\.\., is'
    expect 1 replay --format json iris.model other.csv
    stdout_has '"verdict":"different","difference":"the data are others'
    expect 0 split --train-out train.csv --test-out test.csv data/wine.csv
    expect 0 fit --quiet --model tree --save wine.model --test test.csv train.csv
    sed -i 2d test.csv
    expect 1 replay wine.model train.csv
    stdout_has '^difference +the split: '
    expect 0 split --seed 1 --train-out another.csv --test-out test.csv data/wine.csv
    expect 1 replay wine.model train.csv
    stdout_has '^difference +the metrics: '
}

test_replay__refuses_what_cannot_be_repeated() {
    refuse 5 '^mltool: none.model: ' replay none.model data/iris.csv
    refuse 4 '^mltool: data/iris.csv: ' replay data/iris.csv data/iris.csv
    expect 0 split --train-out train.csv --test-out test.csv data/iris.csv
    expect 0 fit --quiet --model tree --test test.csv --save iris.model train.csv
    refuse 5 '^mltool: none.csv: ' replay iris.model none.csv
    rm test.csv
    refuse 5 '^mltool: test.csv: ' replay iris.model train.csv
    refuse 2 '^mltool: replay: DATA.csv is missing' replay iris.model
}

# A model file from somebody else may record any command, and any tree.
test_replay__trusts_nothing_in_the_file() {
    command -v python3 >/dev/null || return 0
    expect 0 fit --quiet --model tree --save iris.model data/iris.csv
    cat >forge <<'END'
import hashlib, json, struct, sys
name, command = sys.argv[1:3]
raw = open("iris.model", "rb").read()
size = 8 + struct.unpack("<Q", raw[:8])[0]
header, arrays = json.loads(raw[8:size]), raw[size:]
meta = header["__metadata__"]
recipe = json.loads(meta["recipe"])
if command == "digest":  # the model of these data, it says
    recipe["data"]["sha256"] = hashlib.sha256(open("doubled.csv", "rb").read()).hexdigest()
else:
    recipe["command"] = command
meta["recipe"] = json.dumps(recipe)
meta["header_sha256"] = "0" * 64
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
head = struct.pack("<Q", len(text)) + text
own = hashlib.sha256(head).hexdigest().encode()
open(name, "wb").write(head.replace(b"0" * 64, own, 1) + arrays)
END
    awk -F, -v OFS=, 'NR > 1 { $3 *= 2; $4 *= 2 } { print }' data/iris.csv >doubled.csv
    run 0 'python3 forge other.model digest'
    expect 1 replay other.model doubled.csv
    stdout_has '^difference +tree 0, node 0, its threshold: was 2\.44[0-9]*, is$'
    run 0 'python3 forge other.model "mltool fit --model tree --max-depth 2 data/iris.csv"'
    expect 1 replay other.model data/iris.csv
    stdout_has '^difference +the parameter max-depth: was none, is 2$'
    while read -r ends command; do
        run 0 "python3 forge forged.model \"$command\""
        expect $ends replay forged.model data/iris.csv
        [ "$ends" -eq 0 ] || refused '^mltool: '
        only_files iris.model other.model forged.model forge doubled.csv
    done <<'END'
4 mltool split --train-out evil --test-out evil2 data/iris.csv
4 touch evil
4 mltool
4 mltool fit --model tree 'unclosed data/iris.csv
4 mltool fit --model tree --nonsense evil data/iris.csv
4 mltool fit --model tree --save=evil
2 mltool fit data/iris.csv
0 mltool fit --model tree --save evil data/iris.csv
0 mltool fit --save=evil --model=tree /etc/passwd
0 mltool fit --model tree -- --save
END
}
