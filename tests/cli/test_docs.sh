# What the help and README.md show is run.
# shellcheck shell=sh disable=SC2016  # the command lines are expanded by `run`

# A directory like a user's: a copy of the data, the program on the PATH.
at_home() {
    rm data
    cp -r "$ROOT/data" data
    mkdir .bin
    ln -s "$MLTOOL" .bin/mltool
    PATH=$PWD/.bin:$PATH
}

test_docs__the_examples_of_the_help_run() {
    at_home
    for command in $(commands); do
        expect 0 help $command
        sed -n 's/^  \$ //p' .out >examples
        [ -s examples ] || fail "help $command shows no example"
        while read -r example; do
            run 0 "$example"
            stderr_lacks '^mltool: '
            case $example in *mltool*) ;; *) fail "$example: is no call" ;; esac
        done <examples
    done
}

# README.md's console blocks: lines that begin with "$ " are run, in order, all in one directory; what is shown below
# one is what it prints, stdout and stderr as on a terminal. A line "..." stands for any lines, "..." at the end of one
# for any rest of it. A block of another kind (sh) is not run.
test_docs__the_examples_of_the_readme_run() {
    [ -f "$ROOT/README.md" ] || return 0
    at_home
    mkdir .steps
    awk '/^```console/ { inside = 1; next }
         /^```/ { inside = 0 }
         !inside { next }
         sub(/^\$ /, "") { n++; print >sprintf(".steps/%03d.run", n); next }
         n { print >sprintf(".steps/%03d.shown", n) }' "$ROOT/README.md"
    for step in .steps/*.run; do
        [ -f "$step" ] || return 0
        shown=$(cat "$step")
        expected=${step%.run}.shown
        if ! TERM=dumb sh -c "$shown" >.out 2>&1 && [ ! -f "$expected" ]; then
            show .out
            fail "README.md: $shown: failed"
        fi
        [ -f "$expected" ] || continue
        awk 'function same(a, b,  n) {
                 n = length(a) - 4
                 return a == b || (n > 0 && substr(a, n + 1) == " ..." && substr(a, 1, n) == substr(b, 1, n))
             }
             function matches(i, j) { # the lines from i on, wanted, and from j on, printed
                 for (; i <= n; i++) {
                     if (wanted[i] == "...") {
                         for (; j <= m + 1; j++) if (matches(i + 1, j)) return 1
                         return 0
                     }
                     if (j > m || !same(wanted[i], printed[j++])) return 0
                 }
                 return j > m
             }
             NR == FNR { wanted[++n] = $0; next }
             { printed[++m] = $0 }
             END { while (n && wanted[n] == "") n--; exit !matches(1, 1) }' "$expected" .out || {
            diff -u "$expected" .out
            fail "README.md: $shown: prints something else"
        }
    done
}
