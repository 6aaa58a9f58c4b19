# mltool split: the rows that scikit-learn takes, as text.
# shellcheck shell=sh disable=SC2016  # the command lines are expanded by `run`

test_split__indices_are_those_of_scikit_learn() {
    # train_test_split(range(8), test_size=0.2, random_state=42)
    expect 0 split --indices data/house_prices.csv
    stderr_empty
    stdout_is <<'END'
row,part
0,train
7,train
2,train
4,train
3,train
6,train
1,test
5,test
END
    # train_test_split(range(150), test_size=0.1, random_state=3, stratify=y)[1]
    expect 0 split --indices --test-size 0.1 --seed 3 --stratify data/iris.csv
    stdout_lines 151
    [ "$(sed -n 's/,test$//p' .out | tr '\n' ' ')" = '0 148 104 3 87 8 119 42 83 51 116 24 57 144 96 ' ] ||
        { show .out; fail 'other test rows'; }
    [ "$(sed -n 's/,train$//p' .out | head -n 10 | tr '\n' ' ')" = '128 140 89 138 149 65 7 76 39 16 ' ] ||
        { show .out; fail 'other training rows'; }
    expect 0 split --indices --no-shuffle --test-size 0.25 data/house_prices.csv
    [ "$(sed -n 's/,test$//p' .out | tr '\n' ' ')" = '6 7 ' ] || fail 'not the last rows'
    expect 0 split --indices --train-size 0.5 data/house_prices.csv
    [ "$(grep -c ,train .out)" -eq 4 ] || fail 'not half'
    [ "$(grep -c ,test .out)" -eq 4 ] || fail 'not the other half'
}

test_split__indices_in_other_formats() {
    expect 0 split --indices --format json data/house_prices.csv
    stdout_is <<'END'
{"schema":1,"command":"split","file":"data/house_prices.csv","split":{"test_size":0.2,"random_state":42,"stratify":false,"train_rows":6,"test_rows":2},"train":[0,7,2,4,3,6],"test":[1,5]}
END
    expect 0 split --indices --format tsv data/house_prices.csv
    stdout_has "^1	test$"
}

test_split__files_hold_the_rows_byte_for_byte() {
    expect 0 split --train-out train.csv --test-out test.csv data/house_prices.csv
    stdout_empty
    stderr_has '^note: 6 rows written to train\.csv, 2 to test\.csv$'
    { sed -n 1p data/house_prices.csv; for row in 0 7 2 4 3 6; do sed -n $((row + 2))p data/house_prices.csv; done; } >wanted
    cmp wanted train.csv || fail 'train.csv'
    { sed -n 1p data/house_prices.csv; for row in 1 5; do sed -n $((row + 2))p data/house_prices.csv; done; } >wanted
    cmp wanted test.csv || fail 'test.csv'
    only_files train.csv test.csv wanted
}

# Quotes, line ends of every kind, blank lines, a byte-order mark, lines before the header, no line end at the end.
test_split__odd_text_stays_as_it_is() {
    printf '\357\273\277made by hand\r\n\r\n"a\r\nb",y\r\n"1,\n5",1\r\n  2 ,2\r\n\r\n"3""",3\r\n4,4\r\n5,5' >odd.csv
    expect 0 split --skip 1 --no-shuffle --test-size 0.2 --train-out train.csv --test-out test.csv odd.csv
    printf '"a\r\nb",y\r\n"1,\n5",1\r\n  2 ,2\r\n"3""",3\r\n4,4\r\n' | cmp - train.csv || fail 'train.csv'
    printf '"a\r\nb",y\r\n5,5\r\n' | cmp - test.csv || fail 'test.csv'
    # One column: a blank line is a missing value, and a row.
    printf 'y\n1\n\n3\n4\n' >one.csv
    expect 0 split --no-shuffle --test-size 0.25 --train-out train.csv --test-out test.csv one.csv
    printf 'y\n1\n\n3\n' | cmp - train.csv || fail 'one.csv'
    printf '1;2\n3;4\n5;6\n7;8\n' >bare.csv
    expect 0 split --no-header --no-shuffle --test-size 0.25 --train-out train.csv --test-out test.csv bare.csv
    printf '1;2\n3;4\n5;6\n' | cmp - train.csv || fail 'bare.csv'
    printf 'x,y\n1,2\n3\n5,6\nx,y\n7,8\n9,10\n' >bad.csv
    refuse 3 '^mltool: bad.csv:3: ' split --train-out train.csv --test-out test.csv bad.csv
    expect 0 split --bad-rows skip --no-shuffle --test-size 0.25 --train-out train.csv --test-out test.csv bad.csv
    printf 'x,y\n1,2\n5,6\n7,8\n' | cmp - train.csv || fail 'bad.csv'
}

test_split__fit_on_the_files_is_fit_on_the_whole() {
    expect 0 split --quiet --stratify --train-out train.csv --test-out test.csv data/wine.csv
    stderr_empty
    expect 0 fit --quiet --model random-forest --stratify --format csv data/wine.csv
    cp .out whole
    expect 0 fit --quiet --model random-forest --test test.csv --format csv train.csv
    same whole .out
}

test_split__reads_pipes_and_gzip() {
    expect 0 split --quiet --train-out train.csv --test-out test.csv data/iris.csv
    gzip -c data/iris.csv >iris.csv.gz
    mkfifo pipe
    while read -r command; do
        rm -f a.csv b.csv
        run 0 "$command"
        same train.csv a.csv
        same test.csv b.csv
    done <<'END'
"$MLTOOL" split --quiet --train-out a.csv --test-out b.csv iris.csv.gz
"$MLTOOL" split --quiet --train-out a.csv --test-out b.csv - <data/iris.csv
"$MLTOOL" split --quiet --train-out a.csv --test-out b.csv - <iris.csv.gz
cat data/iris.csv | "$MLTOOL" split --quiet --train-out a.csv --test-out b.csv -
cat iris.csv.gz | "$MLTOOL" split --quiet --train-out a.csv --test-out b.csv -
cat data/iris.csv >pipe & "$MLTOOL" split --quiet --train-out a.csv --test-out b.csv pipe
cat data/iris.csv | "$MLTOOL" split --quiet --train-out a.csv --test-out b.csv /dev/stdin
END
    run 0 'cat data/iris.csv | "$MLTOOL" split --indices -'
    stdout_lines 151
}

test_split__stratifies_by_a_column() {
    expect 0 split --indices --stratify --target brand data/car_prices.csv
    sed -n 's/,test$//p' .out >rows
    while read -r row; do sed -n $((row + 2))p data/car_prices.csv | cut -d, -f 3; done <rows | sort | uniq -c |
        awk '{ print $1 }' | tr '\n' ' ' >counts
    [ "$(wc -w <counts)" -eq 6 ] || fail 'a brand is not in the test rows'
    refuse 2 "^mltool: --target: data/car_prices.csv has no column 'bran'; did you mean 'brand'\?" \
        split --indices --stratify --target bran data/car_prices.csv
    refuse 3 'one row' split --indices --stratify --target y /dev/stdin <<'END'
x,y
1,a
2,a
3,b
4,a
5,a
6,c
END
    printf 'x,y\n1,a\n2,\n3,b\n4,a\n5,b\n' >gap.csv
    refuse 3 "^mltool: gap.csv: column 'y' has no class in 1 of the rows; " split --indices --stratify gap.csv
}

test_split__never_overwrites_its_input() {
    cp data/iris.csv iris.csv
    ln iris.csv hard.csv
    ln -s iris.csv soft.csv
    for file in iris.csv ./iris.csv hard.csv soft.csv "$PWD/iris.csv"; do
        refuse 2 "^mltool: --train-out: .* is also the input" split --train-out "$file" --test-out b.csv iris.csv
        refuse 2 "^mltool: --test-out: .* is also the input" split --test-out "$file" --train-out b.csv iris.csv
        refuse 2 "^mltool: --save: .* is also the input" fit --model tree --save "$file" iris.csv
        refuse 2 "^mltool: --save: .* is also the input" fit --model tree --test "$file" --save iris.csv data/iris.csv
    done
    refuse 2 '^mltool: --test-out: is the file of --train-out; ' split --train-out a.csv --test-out ./a.csv iris.csv
    same data/iris.csv iris.csv
    absent b.csv
    absent a.csv
    run 2 '"$MLTOOL" split --indices iris.csv >>iris.csv'
    stderr_has 'is the input and standard output at once'
    same data/iris.csv iris.csv
    refuse 2 '^mltool: --train-out: missing; ' split iris.csv
    refuse 2 '^mltool: --test-out: missing; ' split --train-out a.csv iris.csv
}

test_split__writes_whole_files_or_none() {
    refuse 5 '^mltool: no/where.csv: ' split --train-out no/where.csv --test-out b.csv data/iris.csv
    refuse 5 '^mltool: data: ' split --train-out a.csv --test-out data data/iris.csv
    absent a.csv
    only_files
    # A limit that the larger file passes: neither that file nor a temporary one is left.
    run 5 'ulimit -f 1; "$MLTOOL" split --train-out a.csv --test-out b.csv data/breast_cancer.csv'
    stderr_has '^mltool: a\.csv: '
    only_files
}
