# fit --stream: rows read once, in constant memory, until they end or somebody has enough.
# shellcheck shell=sh disable=SC2016  # the command lines are expanded by `run`

# rows THOUSANDS: a table of so many thousand rows, 28 bytes each; the first block of a stream is 4 MiB
rows() {
    awk -v thousands="$1" 'BEGIN {
        s = 1
        for (i = 0; i < 1000; i++) {
            s = (s * 16807) % 2147483647; a = s / 2147483647
            s = (s * 16807) % 2147483647; b = s / 2147483647
            block = block sprintf("%.6f,%.6f,%s,%.6f\n", a, b, s % 3 ? "p" : "q", 3 * a - b + (i % 7) / 100)
        }
        print "a,b,kind,y"
        for (i = 0; i < thousands; i++) printf "%s", block
    }'
}

test_fit_stream__says_what_a_fit_in_memory_says() {
    rows 300 >many.csv
    expect 0 fit --model linear --quiet --no-split --save whole many.csv
    expect 0 inspect --format csv whole
    cp .out whole.csv
    for threads in 1 7; do
        expect 0 fit --model linear --quiet --no-split --stream --threads $threads --save streamed many.csv
        stdout_has '^Split      none: all 300000 rows train '
        expect 0 inspect --format csv streamed
        # 12 digits of each number
        awk -F, 'NR == FNR { for (i = 2; i <= NF; i++) whole[FNR, i] = $i; next }
            FNR > 1 { for (i = 2; i <= NF; i++) { d = $i - whole[FNR, i]; if (d * d > 1e-24 * $i * $i) exit 1 } }' \
            whole.csv .out || { show whole.csv; show .out; fail 'other digits'; }
        cp .out "streamed$threads.csv"
    done
    same streamed1.csv streamed7.csv
}

test_fit_stream__reads_files_pipes_and_gzip_alike() {
    rows 200 >many.csv
    expect 0 fit --model linear --quiet --stream --format csv many.csv
    cp .out wanted
    stdout_has '^linear,train,mae,$'
    stdout_has '^linear,test,mae,[0-9.]+$'
    run 0 '"$MLTOOL" fit --model linear --quiet --stream --format csv --threads 1 - <many.csv'
    same .out wanted
    run 0 'cat many.csv | "$MLTOOL" fit --model linear --quiet --stream --format csv -'
    same .out wanted
    run 0 'gzip -c many.csv | "$MLTOOL" fit --model linear --quiet --stream --format csv -'
    same .out wanted
    expect 0 fit --model linear --quiet --stream --seed 7 --format csv many.csv
    differ .out wanted
    expect 0 fit --model linear --quiet --stream --format json many.csv
    json_is 'split stream' true
    json_is 'split stopped' false
    json_is 'split test_size' 0.2
}

test_fit_stream__saves_a_model() {
    run 0 'cat data/car_prices.csv | "$MLTOOL" fit --model linear --stream --save cars.model -'
    stdout_has '^Split      403 rows to train, 97 to test \(hashed, test size 0.2, random state'
    stderr_has '^note: model saved in cars.model, '
    expect 0 predict --quiet cars.model data/car_prices.csv
    stdout_lines 501
    expect 0 inspect cars.model
    stdout_has '500 rows, SHA-256$'
}

test_fit_stream__tests_on_a_bounded_sample() {
    rows 600 >many.csv
    expect 0 fit --model linear --stream many.csv
    stdout_has '^Split      500000 rows to train, 100000 to test \(hashed'
    stderr_has '^note: tested on 100000 rows, as many as a stream keeps; [0-9]+ more trained instead$'
}

# 40 MB of text do not fit where a stream does.
test_fit_stream__needs_no_more_memory_for_more_rows() {
    rows 1 >few.csv
    # A sanitizer's program does not even start so.
    # shellcheck disable=SC3045
    (ulimit -v 100000 && "$MLTOOL" fit --model linear --threads 1 few.csv) >.out 2>.err || return 0
    rows 1500 >many.csv
    run 0 'ulimit -v 100000; cat many.csv | "$MLTOOL" fit --model linear --threads 1 --quiet --stream -'
    stdout_has ': 1500000 rows '
    run 6 'ulimit -v 100000; cat many.csv | "$MLTOOL" fit --model linear --threads 1 --quiet -'
}

test_fit_stream__an_interrupt_gives_the_answer_so_far() {
    # The last row is half a row.
    feed='printf "a,y\n1,3\n2,5\n3,7\n4,9\n5,11\n6,1"; exec sleep 20'
    mkfifo rows
    (sh -c "$feed" >rows & echo $! >writer; wait) 2>/dev/null &
    # Interrupts are ignored by what a script starts in the background, so something else must start it; in the
    # foreground it interrupts once.
    run 0 'timeout --foreground --preserve-status -s INT 2 "$MLTOOL" fit --model linear --no-split --stream --format json - <rows'
    kill "$(cat writer)" 2>/dev/null
    json_is 'data rows' 5
    json_is 'split stopped' true
    json_is 'metrics train r2' 1.0
    stderr_has '^note: interrupted: the answer is that of the 5 rows read so far$'
}

test_fit_stream__an_interrupt_before_there_is_an_answer_ends_it() {
    mkfifo rows
    (sh -c 'printf "a,y\n1,3\n"; exec sleep 20' >rows & echo $! >writer; wait) 2>/dev/null &
    run 130 'timeout --foreground --preserve-status -s INT 2 "$MLTOOL" fit --model linear --stream - <rows'
    kill "$(cat writer)" 2>/dev/null
    stdout_empty
}

test_fit_stream__names_the_line_of_what_is_new() {
    rows 200 >many.csv
    cp many.csv bad.csv
    echo 'oops,1,p,2' >>bad.csv
    refuse 3 '^mltool: bad.csv:200002:1: "oops" in column "a" is not a number, but the first [0-9]+ rows, ' \
        fit --model linear --stream bad.csv
    cp many.csv bad.csv
    echo '1,1,new,2' >>bad.csv
    refuse 3 "^mltool: bad.csv:200002: column 'kind': 'new' is not among the categories of the first [0-9]+ rows, " \
        fit --model linear --stream bad.csv
    cp many.csv bad.csv
    echo '1,,p,2' >>bad.csv
    refuse 3 "^mltool: bad.csv:200002: column 'b': the cell is missing; .* --impute and without --stream" \
        fit --model linear --stream bad.csv
    cp many.csv bad.csv
    printf '1,,p,\n1,2,3\n' >>bad.csv
    refuse 3 '^mltool: bad.csv:200003: expected 4 fields, found 3; ' fit --model linear --stream bad.csv
    cp many.csv bad.csv
    printf '1,2,p,\n1,2,3\n1,2,p,NA\n' >>bad.csv
    expect 0 fit --model linear --no-split --stream --bad-rows skip bad.csv
    stderr_has "^note: further rows left out because 'y' is missing: 2$"
    stderr_has '^note: bad.csv: 1 bad rows left out in all$'
    stdout_has 'bad.csv: 200000 rows '
}

test_fit_stream__refuses_what_needs_all_rows() {
    refuse 2 '^mltool: --stream: tree needs all rows at once; leave it out, or choose linear' \
        fit --model tree --stream data/iris.csv
    for option in '--cv 3' '--test data/diabetes.csv' '--train-size 0.5' '--no-shuffle' '--impute mean' --stratify; do
        # shellcheck disable=SC2086
        refuse 2 '^mltool: --' fit --model linear --stream $option data/diabetes.csv
    done
    printf 'x,y\n' >empty.csv
    refuse 3 '^mltool: empty.csv: there are no data rows' fit --model linear --stream empty.csv
    refuse 5 '^mltool: nowhere.csv: cannot be opened' fit --model linear --stream nowhere.csv
}

# What takes the rows themselves is refused before anything is read.
test_fit_stream__says_what_it_cannot() {
    refuse 2 '^mltool: --stream: rows that are read once are fitted without --poly; leave one of them out' \
        fit --model linear --stream --poly 2 absent.csv
    refuse 2 '^mltool: --stream: rows that are read once are fitted without --alpha; ' \
        fit --model linear --stream --alpha 1 absent.csv
    refuse 2 '^mltool: --stream: contradicts --diagnostics; ' fit --model linear --stream --diagnostics d.csv absent.csv
    absent d.csv
    expect 0 fit --model linear --stream --quiet --save m.safetensors "$ROOT/data/diabetes.csv"
    refuse 6 'keeps nothing to make intervals of, since it was fitted with --stream' \
        predict --interval confidence m.safetensors "$ROOT/data/diabetes.csv"
}
