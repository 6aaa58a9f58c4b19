# The words that the tests of whole commands are written in. A test runs in a directory of its own, in which `data` is
# the repository's; $MLTOOL is the program. What a command wrote stands in .out and .err. The first expectation that is
# not met ends the test.
# shellcheck shell=sh

ln -s "$ROOT/data" data
: >.out
: >.err

fail() {
    printf '%.300s\n' "$*"
    exit 1
}

# show FILE: for a failure's report
show() {
    echo "--- $1"
    cut -c 1-300 "$1" | head -n 60
}

# expect CODE ARG...: mltool ARG... ends with CODE
expect() {
    wanted_code=$1
    shift
    shown="mltool $*"
    code=0
    "$MLTOOL" "$@" >.out 2>.err || code=$?
    expect_code "$wanted_code"
}

# run CODE COMMAND: a shell command line ends with CODE; it calls the program as "$MLTOOL"
run() {
    wanted_code=$1
    shown=$2
    code=0
    sh -c "$2" >.out 2>.err || code=$?
    expect_code "$wanted_code"
}

expect_code() {
    [ "$code" -eq "$1" ] && return
    printf '%.300s: exit %s, not %s\n' "$shown" "$code" "$1"
    show .out
    show .err
    exit 1
}

# refuse CODE PATTERN ARG...: mltool ARG... ends with CODE, says one line "mltool: ..." that matches, and no result
refuse() {
    wanted_code=$1
    pattern=$2
    shift 2
    expect "$wanted_code" "$@"
    refused "$pattern"
}

# refused PATTERN: the same of a command that ran
refused() {
    [ -s .out ] && { show .out; fail "$shown: wrote a result"; }
    grep -v '^note: ' .err >.error
    [ "$(wc -l <.error)" -eq 1 ] || { show .err; fail "$shown: not one line"; }
    grep -q '^mltool: ' .error || { show .err; fail "$shown: no 'mltool: '"; }
    grep -Eq -e "$1" .error || { show .err; fail "$shown: does not match: $1"; }
    # A message says where, what is wrong, and what to do.
    grep -Eq '; |\?$' .error || { show .err; fail "$shown: does not say what to do"; }
}

# The following read what is expected from standard input.
stdout_is() { cat >.expected; diff -u .expected .out || fail "$shown: stdout differs"; }
stderr_is() { cat >.expected; diff -u .expected .err || fail "$shown: stderr differs"; }

stdout_has() { grep -Eq -e "$1" .out || { show .out; fail "$shown: stdout lacks: $1"; }; }
stdout_lacks() { grep -Eq -e "$1" .out && { show .out; fail "$shown: stdout has: $1"; }; return 0; }
stderr_has() { grep -Eq -e "$1" .err || { show .err; fail "$shown: stderr lacks: $1"; }; }
stderr_lacks() { grep -Eq -e "$1" .err && { show .err; fail "$shown: stderr has: $1"; }; return 0; }
stdout_empty() { [ -s .out ] && { show .out; fail "$shown: stdout is not empty"; }; return 0; }
stderr_empty() { [ -s .err ] && { show .err; fail "$shown: stderr is not empty"; }; return 0; }
# stdout_lines N
stdout_lines() { [ "$(wc -l <.out)" -eq "$1" ] || { show .out; fail "$shown: not $1 lines"; }; }

same() { cmp "$1" "$2" || fail "$1 and $2 differ"; }
differ() { cmp -s "$1" "$2" && fail "$1 and $2 are the same"; return 0; }
absent() { [ ! -e "$1" ] || fail "$1 is there"; }
# Nothing is left of an unfinished write: no file here but those named.
only_files() {
    for file in *; do
        case " data $* " in *" $file "*) ;; *) fail "left over: $file" ;; esac
    done
    for file in .[!.]*; do
        case $file in .out | .err | .error | .expected) ;; *) fail "left over: $file" ;; esac
    done
}

# json PATH: the number or text that follows the last key of PATH ("metrics test accuracy"), keys in order
json() {
    awk -v path="$1" '{ text = text $0 } END {
        n = split(path, keys, " ")
        for (i = 1; i <= n; i++) {
            at = index(text, "\"" keys[i] "\":")
            if (!at) exit 1
            text = substr(text, at + length(keys[i]) + 3)
        }
        if (substr(text, 1, 1) == "\"") { text = substr(text, 2); sub(/".*/, "", text) }
        else sub(/[],}].*/, "", text)
        print text
    }' .out
}
# json_is PATH VALUE
json_is() { [ "$(json "$1")" = "$2" ] || { show .out; fail "$shown: $1 is $(json "$1"), not $2"; }; }

# The program's commands, as its bare call lists them
commands() { "$MLTOOL" | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p'; }

finish() { exit 0; }
