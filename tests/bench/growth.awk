# How time grows: awk -v threads=N -f growth.awk TITLES.tsv GROWTH.tsv
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

function middle(key, what,    i, j, n, t, values) {
    n = rounds[key, what]
    for (i = 1; i <= n; i++) {
        values[i] = seconds[key, what, i] + 0
        for (j = i; j > 1 && values[j] < values[j - 1]; j--) {
            t = values[j]; values[j] = values[j - 1]; values[j - 1] = t
        }
    }
    return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
}

# Seconds, and how many times those of `base`.
function grown(key, what, base) {
    return sprintf("%.2g (%.2g×)", middle(key, what), middle(key, what) / middle(key, base))
}

END {
    parallel = threads > 1
    printf "| work | rows | seconds | rows ×5 | rows ×25 | rows ×5, columns ×4 |"
    print parallel ? " rows ×25, 1 thread | " threads " threads are faster by |" : ""
    print "|---|--:|--:|--:|--:|--:|" (parallel ? "--:|--:|" : "")
    for (k = 1; k <= n_keys; k++) {
        key = keys[k]
        printf "| %s | %d | %.2g | %s | %s | %s |", label[key], rows[key], middle(key, "rows1"),
            grown(key, "rows5", "rows1"), grown(key, "rows25", "rows1"), grown(key, "columns4", "rows5")
        if (parallel)
            printf " %.2g | %.2f× |", middle(key, "thread1"), middle(key, "thread1") / middle(key, "rows25")
        print ""
    }
}
