# What the tables of the benchmark share; used beside compare.awk and growth.awk.

# Median of values[1..n], which it puts in order; "-" of none.
function median(values, n,    i, j, t) {
    if (!n) return "-"
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && values[j] < values[j - 1]; j--) {
            t = values[j]; values[j] = values[j - 1]; values[j - 1] = t
        }
    return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
}

# Two or three digits of a number, never an exponent.
function three(value) {
    if (value == "-") return value
    return value >= 100 ? sprintf("%.0f", value) : value >= 1 || !value ? sprintf("%.3g", value) : small(value)
}

function small(value,    decimals, t) {
    decimals = 2
    for (t = value; t < 0.1 && decimals < 7; t *= 10) decimals++
    return sprintf("%." decimals "f", value)
}

function times(value) { return value == "-" ? "" : three(value) "×" }
