# How time grows: awk -v threads=N -f medians.awk -f growth.awk TITLES.tsv GROWTH.tsv
# GROWTH: work, who, round, what was changed (rows1, rows5, rows25, columns4, thread1), seconds, rows.
BEGIN { FS = "\t" }
NR == FNR { title[$1] = $2; next }
{
    key = $1 "\t" $2
    if (!(key in label)) {
        keys[++n_keys] = key
        label[key] = title[$1] ($2 == "mltool" ? "" : " (" substr($2, 8) ")")
    }
    seconds[key, $4, ++rounds[key, $4]] = $5
    if ($4 == "rows1") rows[key] = $6
}

function middle(key, what,    i, n, values) {
    n = rounds[key, what]
    for (i = 1; i <= n; i++) values[i] = seconds[key, what, i] + 0
    return median(values, n)
}

# How many times the seconds of `base`: the median of the rounds' ratios, since a round meets one state of the machine.
function ratio(key, what, base,    i, n, values) {
    n = rounds[key, what]
    for (i = 1; i <= n; i++) values[i] = seconds[key, what, i] / seconds[key, base, i]
    return times(median(values, n))
}

function grown(key, what, base) { return three(middle(key, what)) " (" ratio(key, what, base) ")" }

END {
    parallel = threads > 1
    printf "| work | rows | seconds | rows ×5 | rows ×25 | rows ×5, columns ×4 |"
    print parallel ? " rows ×25, 1 thread | " threads " threads are faster by |" : ""
    print "|---|--:|--:|--:|--:|--:|" (parallel ? "--:|--:|" : "")
    for (k = 1; k <= n_keys; k++) {
        key = keys[k]
        printf "| %s | %d | %s | %s | %s | %s |", label[key], rows[key], three(middle(key, "rows1")),
            grown(key, "rows5", "rows1"), grown(key, "rows25", "rows1"), grown(key, "columns4", "rows5")
        if (parallel)
            printf " %s | %s |", three(middle(key, "thread1")), ratio(key, "thread1", "rows25")
        print ""
    }
}
