# mltool describe: what a table holds, and what may be wrong with it.
# shellcheck shell=sh

test_describe__a_page_for_people() {
    expect 0 describe data/iris.csv
    stderr_empty
    stdout_has '^Data +data/iris\.csv: 150 rows × 5 columns$'
    stdout_has '^Target +species \(classification\)$'
    stdout_has '^  sepal_length +5\.1 +4\.9 +4\.7 +4\.6 +5$'
    stdout_has '^  sepal_length +number +0 +35 +5\.8433 +0\.82807$'
    stdout_has '^  petal_width +0\.1 +0\.3 +1\.3 +1\.8 +2\.5$'
    stdout_has '^  virginica +50 +0\.33333 +#{30}$'
    # sklearn: cross_val_score(DecisionTreeClassifier(max_depth=8, random_state=42), petal width, balanced accuracy)
    stdout_has '^  petal_width +0\.96379 +0\.95333$'
    stdout_has '^  duplicates +1 of the rows repeat an earlier one in every column \(row 142'
    for file in iris breast_cancer car_prices house_prices; do
        expect 0 describe data/$file.csv
        if grep -E '.{81}' .out; then fail 'a line beyond 80 columns'; fi
        if grep -E ' $' .out; then fail 'blanks at the end of a line'; fi
    done
}

test_describe__house_prices_have_no_warning() {
    expect 0 describe --strict data/house_prices.csv
    stdout_has '^Warnings: none$'
    stderr_empty
}

test_describe__csv_has_a_row_a_column() {
    expect 0 describe --format csv data/car_prices.csv
    stdout_is <<'END'
column,type,missing,distinct,mean,sd,min,q25,median,q75,max,outliers,top,top_rows,correlation,alone,warnings
mileage,numeric,0,438,92939,51022.52537056923,2100,52300,86950,126100,259600,0,,,-0.6827842908625523,0.3896367145942554,
age,numeric,0,16,8.066,3.557943496438314,0,5,8,11,15,0,,,-0.822257666973923,0.7275067067475935,
brand,categorical,0,6,,,,,,,,,Toyota,117,0.40712573192125956,0.13986030508922778,
price,numeric,0,264,10813.2,7468.543636352149,1050,5287.5,8850,14525,47500,1,,,,,outliers
END
    expect 0 describe --format tsv data/iris.csv
    stdout_lines 6
    stderr_has '^note: rows that repeat an earlier one in every column: 1$'
    expect 0 describe --format markdown data/iris.csv
    stdout_has '^\| sepal_length \| number \| 0 \| 35 \|'
}

test_describe__json_has_everything() {
    expect 0 describe --format json --head 1 data/iris.csv
    json_is rows 150
    json_is duplicate_rows 1
    json_is 'first_duplicate same_as' 101
    json_is 'classes setosa' 50
    json_is 'head sepal_length' 5.1
    json_is 'columns median' 5.8
    json_is 'columns correlation_kind' eta
    json_is 'warnings kind' duplicates
    expect 0 describe --format json --head 0 data/iris.csv
    stdout_has '"head":\[\],'
}

test_describe__strict_is_for_pipelines() {
    printf 'leak,half,y\n' >leak.csv
    awk 'BEGIN { for (i = 0; i < 30; i++) print i % 2 * 5 "," i % 7 "," (i % 2 ? "yes" : "no") }' >>leak.csv
    expect 0 describe leak.csv
    stdout_has '^  leak +leak \(1\.000\): predicts the target alone'
    expect 1 describe --strict leak.csv
    stdout_has '^  leak +leak '
    stderr_has "^note: 2 kinds of warning, so the exit code is 1; "
    expect 1 describe --strict --allow duplicates --quiet --format csv leak.csv
    stderr_empty
    stdout_has '^leak,numeric,0,2,.*,leak$'
    expect 0 describe --strict --allow leak,duplicates leak.csv
    stdout_has '^Warnings: none$'
    expect 1 describe --strict --drop leak leak.csv
    stdout_lacks 'leak '
    refuse 2 "^mltool: --allow: 'leek' is no warning; did you mean 'leak'\?" describe --allow leek leak.csv
    refuse 2 "^mltool: --allow: 'everything' is no warning; 'mltool help describe' lists them" \
        describe --allow everything leak.csv
}

test_describe__missing_cells_and_slips() {
    printf 'a,b,y\n1,x,1\n,x,2\n3,,3\n1O,,4\n5,y,5\n' >slip.csv
    expect 0 describe slip.csv
    stdout_has '^Missing +3 cells in 2 columns$'
    stdout_has "^  text +a \('1O' in line 5\): read as text"
    stdout_has '^  b +x 66\.7%, y 33\.3%$'
    expect 0 describe --target b --task classification slip.csv
    stdout_has '^Classes of b$'
}

test_describe__names_attack() {
    printf '"\033[31mred","a|b",y\n1,"<script>",1\n2,"\033]0;x",2\n' >evil.csv
    for format in table markdown json; do
        expect 0 describe --format $format evil.csv
        if grep -q "$(printf '\033')" .out; then fail "$format: an escape sequence"; fi
    done
    expect 0 describe --format markdown evil.csv
    stdout_has 'a\\\|b'
}

test_describe__refuses() {
    refuse 2 "^mltool: --target: there is no column 'specie' in data/iris.csv; did you mean 'species'\?" \
        describe --target specie data/iris.csv
    refuse 2 "^mltool: --drop: column 'species' is named by --target too" \
        describe --target species --drop species data/iris.csv
    refuse 3 "^mltool: data/iris.csv:2: column 'species': 'setosa' is not a number" \
        describe --task regression data/iris.csv
    refuse 5 'cannot be opened' describe nowhere.csv
    printf '' | expect 3 describe -
    refuse 2 "head: '101' is not a whole number" describe --head 101 data/iris.csv
}
