# Odd and hostile CSV files, by whole commands: exit code, and the place that the message names. INPUTS has numbers.
# shellcheck shell=sh disable=SC2016  # the command lines are expanded by `run`

# bad CODE PATTERN TEXT: a file of this text (printf's) ends a fit so
bad() {
    # shellcheck disable=SC2059  # the text is a format
    printf "$3" >data.csv
    refuse "$1" "$2" fit --model tree data.csv
    only_files data.csv
}

# rows N TEXT: a file that is in order, with this many rows
rows() {
    # shellcheck disable=SC2059  # the text is a format
    printf "$2" >data.csv
    expect 0 fit --model tree --no-split --task regression --format json data.csv
    json_is 'data rows' "$1"
}

test_csv__wrong_ones_are_refused_with_their_place() {
    bad 3 '^mltool: data.csv: .*empty' ''
    bad 3 '^mltool: data.csv: .*no data rows' 'x,y\n'
    bad 3 '^mltool: data.csv: .*UTF-16' '\377\376x\000,\000y\000\n\000'
    bad 3 '^mltool: data.csv:2:' 'x,y\n1,\0002\n3,4\n'
    bad 3 '^mltool: data.csv:3:' 'x,y\n1,2\n"3,4\n5,6\n7,8\n'
    bad 3 '^mltool: data.csv:2:' 'x,y\n"1"a,2\n3,4\n'
    bad 3 '^mltool: data.csv:3: expected 2 fields, found 1; ' 'x,y\n1,2\n3\n5,6\n'
    bad 3 '^mltool: data.csv:3: expected 2 fields, found 3; ' 'x,y\n1,2\n3,4,5\n5,6\n'
    bad 3 '^mltool: data.csv:1:3: .*1 and 3' 'x,y,x\n1,2,3\n4,5,6\n'
    bad 3 '^mltool: data.csv:1:2: .*no name' 'x,,y\n1,2,3\n4,5,6\n'
    bad 3 '^mltool: data.csv:1:2: .*\\xFF' 'x,\377,y\n1,2,3\n4,5,6\n'
    bad 3 '^mltool: data.csv:3:1: ' 'x,y\n1,2\ninf,4\n3,5\n4,6\n'
    bad 3 '^mltool: data.csv:3:1: ' 'x,y\n1,2\n1e999,4\n3,5\n4,6\n'
    bad 3 '^mltool: data.csv:4: .*header' 'x,y\n1,2\n3,4\nx,y\n5,6\n'
    bad 3 'skip' 'exported on monday\nx,y\n1,2\n3,4\n'
    bad 3 'PNG' '\211PNG\r\n\032\nxxxxxxxxxxxx'
    bad 3 '' 'PK\003\004xxxxxxxxxxxxxxxxxxx'
}

test_csv__odd_ones_are_read() {
    rows 3 '\357\273\277x,y\n1,2\n3,4\n5,6\n'
    rows 3 'x,y\r\n1,2\r\n3,4\r\n5,6\r\n'
    rows 3 'x,y\r1,2\r3,4\r5,6\r'
    rows 3 'x,y\n1,2\r\n3,4\r5,6'
    rows 3 'x;y\n1;2\n3;4\n5;6\n'
    rows 3 'x\ty\n1\t2\n3\t4\n5\t6\n'
    rows 3 'x|y\n1|2\n3|4\n5|6\n'
    rows 3 'x,y\n+1,-0\n.5,5.\n 1e-400 ,6\n'
    rows 3 '"x\ny",y\n"1",2\n3,4\n5,6\n'
    rows 3 'x,y\n\n1,2\n\n3,4\n5,6\n\n'
    rows 3 'x,z,y\n1,?,2\nNA,5,4\n,null,6\n'
    rows 3 'x,y,\n1,2,\n3,4,\n5,6,\n'
    stderr_has '^note: '
}

test_csv__gzip_must_be_whole() {
    gzip -c data/iris.csv >iris.csv.gz
    head -c 500 iris.csv.gz >begun.gz
    { cat iris.csv.gz; printf 'more'; } >longer.gz
    { head -c 300 iris.csv.gz; printf 'xxxx'; tail -c +305 iris.csv.gz; } >changed.gz
    for file in begun longer changed; do
        refuse 3 "^mltool: $file.gz:? " fit --model tree $file.gz
    done
    { head -n 76 data/iris.csv | gzip -c; tail -n +77 data/iris.csv | gzip -c; } >two.gz
    expect 0 fit --model tree --quiet --format json two.gz
    json_is 'data rows' 150
}

test_csv__targets_that_cannot_be_learned() {
    bad 3 'y.*one class|one class.*y|same|only' 'x,y\n1,a\n2,a\n3,a\n4,a\n'
    bad 3 '' 'x,y\n1,a\n'
    bad 3 '' 'x,y\n1,\n2,\n3,\n'
    bad 3 'no column is left to predict' 'y\n1\n2\n3\n4\n'
    printf 'x,y\n1,2\n2,oops\n3,4\n4,5\n5,6\n' >data.csv
    refuse 3 'oops' fit --model tree --task regression data.csv
    refuse 3 'oops|text' fit --model linear data.csv
    printf 'x,y\n1,a\n2,a\n3,b\n4,a\n5,b\n6,c\n' >data.csv
    refuse 3 '^mltool: --stratify: ' fit --model tree --stratify data.csv
    printf 'x,y\n1,a\n2,\n3,b\n4,a\n5,b\n6,a\n' >data.csv
    expect 0 fit --model tree --format json data.csv
    json_is 'data rows' 5
    stderr_has '^note: rows left out .*: 1$'
    # Values whose squares have no finite sum: no model of NaNs.
    printf 'x,y\n1,1e308\n2,-1e308\n3,1.5e308\n4,-1.7e308\n5,1e308\n' >data.csv
    expect 7 fit --model linear --no-split --save huge.model data.csv
    refused ''
    absent huge.model
}
