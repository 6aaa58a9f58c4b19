# Side by side: awk -f medians.awk -f compare.awk TITLES.tsv RUNS.tsv
# TITLES: work, title. RUNS: work, who, round, seconds, seconds of the process, its peak kilobytes, quality; "-" for
# what was not measured. Prints medians as a Markdown table. A ratio is the median of the rounds' ratios, since what
# ran in the same round met the same machine.
BEGIN {
    FS = "\t"
    print "| work | who | seconds | × mltool | whole process, s | × mltool | peak MB | quality |"
    print "|---|---|--:|--:|--:|--:|--:|---|"
}
NR == FNR { title[$1] = $2; next }
{
    if (!(($1, $2) in rounds)) {
        if (!($1 in n_who)) works[++n_works] = $1
        whos[$1, ++n_who[$1]] = $2
    }
    round = ++rounds[$1, $2]
    id[$1, $2, round] = $3
    fit[$1, $2, $3] = $4
    process[$1, $2, $3] = $5
    memory[$1, $2, $3] = $6
    quality[$1, $2, $3] = $7
}

function middle(of, work, who,    i, n, v, values) {
    for (i = 1; i <= rounds[work, who]; i++) {
        v = of[work, who, id[work, who, i]]
        if (v != "-") values[++n] = v + 0
    }
    return median(values, n)
}

function ratio(of, work, who, base,    i, n, r, mine, values) {
    for (i = 1; i <= rounds[work, who]; i++) {
        r = id[work, who, i]
        mine = of[work, base, r]
        if (mine != "" && mine != "-" && mine > 0 && of[work, who, r] != "-") values[++n] = of[work, who, r] / mine
    }
    return who == base ? "" : times(median(values, n))
}

function megabytes(value) { return value == "-" ? value : sprintf("%.0f", value / 1024) }

function quality_text(work, who,    value) {
    value = middle(quality, work, who)
    if (value == "-") return value
    if (work == "load") return sprintf("sum %.10g", value)
    if (work == "squares") return sprintf("R² %.12f", value)
    return sprintf(work == "regression" ? "R² %.4f" : "accuracy %.4f", value)
}

function line(work, label, who, base) {
    printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n", label, who, three(middle(fit, work, who)),
        ratio(fit, work, who, base), three(middle(process, work, who)), ratio(process, work, who, base),
        megabytes(middle(memory, work, who)), quality_text(work, who)
}

END {
    for (w = 1; w <= n_works; w++) {
        work = works[w]
        for (b = 1; b <= n_who[work]; b++) {
            base = whos[work, b]
            if (base !~ /^mltool/) continue
            line(work, title[work], base, base)
            for (i = 1; i <= n_who[work]; i++)
                if (whos[work, i] !~ /^mltool/) line(work, "", whos[work, i], base)
        }
    }
}
