/* Reading CSV files: what is read, what is refused and where, what is noted. Every case is read from a file
 * and from a pipe, in one block and in blocks of a few bytes, by libcsv alone and with the fast lane: always
 * the same. */
#include "mltool/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <pthread.h>
#include <sys/stat.h>
#include <zlib.h>

#include "csv_outcome.h"
#include "failing_malloc.h"

/* No column is the label, so numbers are shown as numbers only. */
#define PLAIN .label = "(none)"
#define BYTES(text) text, sizeof(text) - 1
#define NA_LIST(...)                                                                                         \
    .na = (const char *const[]){__VA_ARGS__}, .n_na = sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)

/* One case a line. */
/* clang-format off */
static const struct {
    const char *name;
    const char *text;
    size_t length;
    mlt_csv_options options;
    mlt_status status;
    const char *message; /* fnmatch pattern; the file's name is cut off */
    const char *notes;   /* the same; NULL: there are none */
    const char *data;    /* NULL: an error */
} cases[] = {
    {"1 empty file", BYTES(""), {PLAIN}, MLT_E_DATA, ": the file is empty*", NULL, NULL},
    {"1 blank lines only", BYTES("\n \n\r\n"), {PLAIN}, MLT_E_DATA, ": the file is empty*", NULL, NULL},
    {"1 a mark only", BYTES("\xEF\xBB\xBF"), {PLAIN}, MLT_E_DATA, ": the file is empty*", NULL, NULL},
    {"2 header only", BYTES("a,b\n"), {PLAIN}, MLT_E_DATA, ": there are no data rows*", NULL, NULL},
    {"2 header only, no newline", BYTES("a,b"), {PLAIN}, MLT_E_DATA, ": there are no data rows*", NULL, NULL},
    {"3 byte-order mark", BYTES("\xEF\xBB\xBF" "a,b\n1,2\n"), {PLAIN}, MLT_OK, NULL, NULL, "a=1; b=2"},
    {"3 byte-order mark before a quote", BYTES("\xEF\xBB\xBF\"a\",b\n1,2\n"), {PLAIN}, MLT_OK, NULL, NULL, "a=1; b=2"},
    {"4 UTF-16, little endian", BYTES("\xFF\xFE" "a\0,\0b\0\n\0"), {PLAIN}, MLT_E_DATA, ": this is UTF-16*iconv*", NULL, NULL},
    {"4 UTF-16, big endian", BYTES("\xFE\xFF\0a\0,\0b\0\n"), {PLAIN}, MLT_E_DATA, ": this is UTF-16*iconv*", NULL, NULL},
    {"4 UTF-16 without a mark", BYTES("a\0,\0b\0\n\0"), {PLAIN}, MLT_E_DATA, ": this is UTF-16*iconv*", NULL, NULL},
    {"5 NUL in a cell", BYTES("a,b\n1,2\n3,4\0005\n6,7\n"), {PLAIN}, MLT_E_DATA, ":3:2: a NUL byte*", NULL, NULL},
    {"5 NUL in the header", BYTES("abcde,f\0g\n1,2\n"), {PLAIN}, MLT_E_DATA, ":1:2: a NUL byte*", NULL, NULL},
    {"5 NUL inside quotes", BYTES("a,b\n1,\"x\ny\0\"\n"), {PLAIN}, MLT_E_DATA, ":3:2: a NUL byte*", NULL, NULL},
    {"6 LF", BYTES("a,b\n1,2\n3,4\n"), {PLAIN}, MLT_OK, NULL, NULL, "a=1 3; b=2 4"},
    {"6 CR LF", BYTES("a,b\r\n1,2\r\n3,4\r\n"), {PLAIN}, MLT_OK, NULL, NULL, "a=1 3; b=2 4"},
    {"6 CR", BYTES("a,b\r1,2\r3,4\r"), {PLAIN}, MLT_OK, NULL, NULL, "a=1 3; b=2 4"},
    {"6 mixed", BYTES("a,b\r1,2\r\n3,4\n5,6\r7,8"), {PLAIN}, MLT_OK, NULL, NULL, "a=1 3 5 7; b=2 4 6 8"},
    {"6 mixed: lines are counted", BYTES("a,b\r1,2\r\n3,4\n5\r7,8"), {PLAIN}, MLT_E_DATA, ":4: expected 2 fields, found 1*", NULL, NULL},
    {"7 no final newline", BYTES("a,b\n1,2\n3,4"), {PLAIN}, MLT_OK, NULL, NULL, "a=1 3; b=2 4"},
    {"7 no final newline, last cell empty", BYTES("a,b\n1,2\n3,"), {PLAIN}, MLT_OK, NULL, ": 1 missing cell in 1 of 2 columns (b 1)\n", "a=1 3; b=2 NA"},
    {"8 blank line, one column", BYTES("a\n1\n\n3\n"), {PLAIN}, MLT_OK, NULL, "*: 1 blank line read as missing*1 missing cell*", "a=1 NA 3"},
    {"8 blank line, one column, CR LF", BYTES("a\r\n1\r\n\r\n3\r\n"), {PLAIN}, MLT_OK, NULL, "*: 1 blank line read as missing*", "a=1 NA 3"},
    {"8 blank lines, one column, CR", BYTES("a\r1\r\r3\r"), {PLAIN}, MLT_OK, NULL, "*: 1 blank line read as missing*", "a=1 NA 3"},
    {"8 blank lines at the end, one column", BYTES("a\n1\n \n\n"), {PLAIN}, MLT_OK, NULL, "*: 2 blank lines read as missing*", "a=1 NA NA"},
    {"8 blank line first, one column, no header", BYTES("\n1\n"), {PLAIN, .no_header = true}, MLT_OK, NULL, "*: 1 blank line read*", "x1=NA 1"},
    {"8 blank lines, two columns", BYTES("\n a,b\n\n1,2\n \t\n3,4\n\n"), {PLAIN}, MLT_OK, NULL, NULL, "a=1 3; b=2 4"},
    {"8 a line of tabs is a row between tabs", BYTES("a\tb\n\t\n1\t2\n"), {PLAIN}, MLT_OK, NULL, "*tabs*2 missing cells in 2 of 2 columns (a 1, b 1)*", "a=NA 1; b=NA 2"},
    {"8 quoted empty cell, one column", BYTES("a\n1\n\"\"\n"), {PLAIN}, MLT_OK, NULL, "*1 missing cell*", "a=1 NA"},
    {"9 quote never closed", BYTES("a,b\n1,2\n3,\"4\n5,6\n7,8\n"), {PLAIN}, MLT_E_DATA, ":3:2: the quote opened here is never closed*", NULL, NULL},
    {"9 quote never closed, opened on a later line of its row", BYTES("a,b,c\n1,\"2\n3\",\"4\n5,6\n"), {PLAIN}, MLT_E_DATA, ":3:3: the quote opened here*", NULL, NULL},
    {"9 quote never closed, with a doubled one", BYTES("a,b\n1,\"x\ny\"\"z\n"), {PLAIN}, MLT_E_DATA, ":2:2: the quote opened here*", NULL, NULL},
    {"9 quote never closed in the header", BYTES("a,\"b\n1,2\n"), {PLAIN}, MLT_E_DATA, ":1:2: the quote opened here*", NULL, NULL},
    {"10 text after a closing quote", BYTES("a,b\n1,\"2\"3\n"), {PLAIN}, MLT_E_DATA, ":2:2: text after a closing quote*", NULL, NULL},
    {"10 text after a closing quote and a blank", BYTES("a,b\n1,\"2\" \"3\"\n"), {PLAIN}, MLT_E_DATA, ":2:2: text after a closing quote*", NULL, NULL},
    {"10 stray quote", BYTES("a,b\n1,2\nx\"y,3\n"), {PLAIN}, MLT_E_DATA, ":3:1: a quote inside a field*", NULL, NULL},
    {"10 stray quote, the rest would be swallowed", BYTES("a,b\n1,5\"\n3,4\n5,6\n"), {PLAIN}, MLT_E_DATA, ":2:2: a quote inside a field*", NULL, NULL},
    {"11 newline inside quotes", BYTES("a,b\n\"x\ny\",2\n\"z\",4\n"), {PLAIN}, MLT_OK, NULL, NULL, "a='x\ny' 'z'; b=2 4"},
    {"11 CR LF inside quotes", BYTES("a,b\r\n\"x\r\ny\",2\r\n"), {PLAIN}, MLT_OK, NULL, NULL, "a='x\r\ny'; b=2"},
    {"11 later line numbers", BYTES("a,b\n\"x\n\r\n\ry\",2\nz\n"), {PLAIN}, MLT_E_DATA, ":6: expected 2 fields, found 1*", NULL, NULL},
    {"11 delimiter and quotes inside quotes", BYTES("a,b\n\"x,\"\"y\"\"\",2\n"), {PLAIN}, MLT_OK, NULL, NULL, "a='x,\"y\"'; b=2"},
    {"11 newline in a name", BYTES("\"a\nb\",c\n1,2\n3\n"), {PLAIN}, MLT_E_DATA, ":4: expected 2 fields, found 1*", NULL, NULL},
    {"12 short row", BYTES("a,b,c\n1,2,3\n4,5\n"), {PLAIN}, MLT_E_DATA, ":3: expected 3 fields, found 2*--bad-rows skip*", NULL, NULL},
    {"13 long row", BYTES("a,b\n1,2\n3,4,5\n"), {PLAIN}, MLT_E_DATA, ":3: expected 2 fields, found 3*", NULL, NULL},
    {"12, 13 bad rows left out", BYTES("a,b\n1,2\n3\ntotal: 2 rows\n4,x,6\n7,8\n"), {PLAIN, .skip_bad_rows = true}, MLT_OK, NULL, ": 3 bad rows left out (of 5)\n", "a=1 7; b=2 8"},
    {"12 all rows bad", BYTES("a,b\n1\n2\n"), {PLAIN, .skip_bad_rows = true}, MLT_E_DATA, ": there are no data rows*all were left out*", NULL, NULL},
    {"14 trailing comma", BYTES("a,b,\n1,2,\n3,4,\n"), {PLAIN}, MLT_OK, NULL, ": 1 empty column at the end left out*", "a=1 3; b=2 4"},
    {"14 trailing commas", BYTES("a,b,,\n1,2,,\n3,4, ,\n"), {PLAIN}, MLT_OK, NULL, ": 2 empty columns at the end left out*", "a=1 3; b=2 4"},
    {"14 trailing comma, no header", BYTES("1,2,\n3,4,\n"), {PLAIN, .no_header = true}, MLT_OK, NULL, ": 1 empty column at the end left out*", "x1=1 3; x2=2 4"},
    {"14 not empty after all", BYTES("a,b,\n1,2,\n3,4,5\n"), {PLAIN}, MLT_E_DATA, ":3:3: \"5\" stands in a column without a name*", NULL, NULL},
    {"14 a name for an empty column", BYTES("a,b\n1,\n2,\n"), {PLAIN}, MLT_OK, NULL, ": 2 missing cells in 1 of 2 columns (b 2)\n", "a=1 2; b=NA NA"},
    {"15 duplicate names", BYTES("a,b,c,b\n1,2,3,4\n"), {PLAIN}, MLT_E_DATA, ":1:4: the columns 2 and 4 are both named \"b\"*", NULL, NULL},
    {"15 the first of several duplicates", BYTES("c,b,c,b\n1,2,3,4\n"), {PLAIN}, MLT_E_DATA, ":1:3: the columns 1 and 3 are both named \"c\"*", NULL, NULL},
    {"15 duplicates because the header is data", BYTES("1,2,1\n4,5,6\n"), {PLAIN}, MLT_E_DATA, ":1:3: *both named \"1\"*--no-header*", NULL, NULL},
    {"16 empty name", BYTES("a,,c\n1,2,3\n"), {PLAIN}, MLT_E_DATA, ":1:2: this column has no name*", NULL, NULL},
    {"16 empty first name", BYTES("\"\",b\n1,2\n"), {PLAIN}, MLT_E_DATA, ":1:1: this column has no name*", NULL, NULL},
    {"16 all names empty", BYTES(",\n1,2\n"), {PLAIN}, MLT_E_DATA, ":1: the header is empty*", NULL, NULL},
    {"17 all-numeric header", BYTES("1,2.5\n3,4\n"), {PLAIN}, MLT_OK, NULL, ": all column names are numbers*--no-header*", "1=3; 2.5=4"},
    {"17 no header", BYTES("1,2\n3,4\n"), {PLAIN, .no_header = true}, MLT_OK, NULL, NULL, "x1=1 3; x2=2 4"},
    {"20 invalid UTF-8 in a name", BYTES("a,b\xFF\n1,2\n"), {PLAIN}, MLT_E_DATA, ":1:2: the name \"b\\\\xFF\" is not valid UTF-8*", NULL, NULL},
    {"20 invalid UTF-8 in a value", BYTES("a,b\n\xE9t\xE9,2\n"), {PLAIN}, MLT_OK, NULL, NULL, "a='\xE9t\xE9'; b=2"},
    {"20 and escaped", BYTES("a,b,\n1,2,\xE9\033[31m\n"), {PLAIN}, MLT_E_DATA, ":2:3: \"\\\\xE9\\\\x1B\\[31m\" stands in*", NULL, NULL},
    {"21 decimal comma", BYTES("a;b\n1,5;2\n3,25;4\n"), {PLAIN}, MLT_E_DATA, ":2:1: \"1,5\" in column \"a\" looks like a number with a comma*--categorical*", NULL, NULL},
    {"21 decimal comma after a few whole numbers", BYTES("a;b\n1;2\n-3,25;4\n5,5;1\n"), {PLAIN}, MLT_E_DATA, ":3:1: \"-3,25\" in column \"a\" looks like*", NULL, NULL},
    {"21 as text if wanted", BYTES("a;b\n1,5;2\n3,25;4\n"), {PLAIN, .categorical = (const char *const[]){"a"}, .n_categorical = 1}, MLT_OK, NULL, ": the fields are divided by semicolons*", "a='1,5' '3,25'; b=2 4"},
    {"21 lists with commas are texts", BYTES("a;b\n1,2,3;2\n1,2;4\nx;1\n"), {PLAIN}, MLT_OK, NULL, "*semicolons*", "a='1,2,3' '1,2' 'x'; b=2 4 1"},
    {"23 missing", BYTES("a,b\n1,NA\n,?\nnan,NULL\nNone,n/a\n-nan,#N/A\n2,<NA>\n"), {PLAIN}, MLT_OK, NULL, ": 10 missing cells in 2 of 2 columns (a 4, b 6)\n", "a=1 NA NA NA NA 2; b=NA NA NA NA NA NA"},
    {"23 missing among texts", BYTES("a,b\nx,1\nNA,2\n,3\n\"\",4\n"), {PLAIN}, MLT_OK, NULL, "*3 missing cells*", "a='x' NA NA NA; b=1 2 3 4"},
    {"23 another list", BYTES("a,b\nNA,-999\n,1\n-999,2\n"), {PLAIN, NA_LIST("-999")}, MLT_OK, NULL, ": 3 missing cells in 2 of 2 columns (a 2, b 1)\n", "a='NA' NA NA; b=NA 1 2"},
    {"24 inf", BYTES("a,b\n1,2\n3,inf\n"), {PLAIN}, MLT_E_DATA, ":3:2: \"inf\" in column \"b\" is infinite*", NULL, NULL},
    {"24 -Infinity", BYTES("a,b\n1,2\n3,-Infinity\n"), {PLAIN}, MLT_E_DATA, ":3:2: \"-Infinity\" in*", NULL, NULL},
    {"24 the first one", BYTES("a,b\n1,2\n3,inf\n-inf,4\n"), {PLAIN}, MLT_E_DATA, ":3:2: *", NULL, NULL},
    {"24 a text among texts", BYTES("a,b\n1,inf\n2,sup\n"), {PLAIN}, MLT_OK, NULL, NULL, "a=1 2; b='inf' 'sup'"},
    {"25 overflow", BYTES("a,b\n1,2\n1e999,3\n"), {PLAIN}, MLT_E_DATA, ":3:1: \"1e999\" in column \"a\" is infinite or beyond*", NULL, NULL},
    {"25 underflow", BYTES("a,b\n1e-400,-1e-400\n"), {PLAIN}, MLT_OK, NULL, NULL, "a=0; b=-0"},
    {"26 not numbers", BYTES("a,b,c,d\n0x1F,1_000,1e5f,1e\n1,2,3,4\n"), {PLAIN}, MLT_OK, NULL, NULL, "a='0x1F' '1'; b='1_000' '2'; c='1e5f' '3'; d='1e' '4'"},
    {"27 thousands", BYTES("a,b\n\"1,234.5\",1\n\"2,000\",2\n"), {PLAIN}, MLT_E_DATA, ":2:1: \"1,234.5\" in column \"a\" looks like a number with a comma*", NULL, NULL},
    {"28 outer blanks", BYTES("a , b\n 1\t,\t2 \n x , 3\n"), {PLAIN}, MLT_OK, NULL, NULL, "a='1' 'x'; b=2 3"},
    {"28 blanks inside quotes", BYTES("a,b\n\" x \", \"y\" \n"), {PLAIN}, MLT_OK, NULL, NULL, "a=' x '; b='y'"},
    {"28 a quoted blank is no number", BYTES("a,b\n\" 1\",2\n"), {PLAIN}, MLT_OK, NULL, NULL, "a=' 1'; b=2"},
    {"29 beyond 2^53", BYTES("a,b\n9007199254740992,1\n9007199254740993,2\n9007199254740995,3\n"), {PLAIN}, MLT_OK, NULL, ":3:1: whole numbers beyond 2^53 such as 9007199254740993 are not kept*", "a=9007199254740992 9007199254740992 9007199254740996; b=1 2 3"},
    {"29 not written whole", BYTES("a,b\n9007199254740993.0,1e300\n"), {PLAIN}, MLT_OK, NULL, NULL, "a=9007199254740992; b=1e+300"},
    {"30 numbers", BYTES("a,b,c,d,e\n+1,-0,.5,5.,1E+2\n"), {PLAIN}, MLT_OK, NULL, NULL, "a=1; b=-0; c=0.5; d=5; e=100"},
    {"30 not numbers", BYTES("a,b,c,d,e\n+,-,.,1e+,--1\n"), {PLAIN}, MLT_OK, NULL, NULL, "a='+'; b='-'; c='.'; d='1e+'; e='--1'"},
    {"32 semicolons", BYTES("a;b\n1;2\n"), {PLAIN}, MLT_OK, NULL, ": the fields are divided by semicolons (;)\n", "a=1; b=2"},
    {"32 tabs", BYTES("a\tb\n1\t2\n3\t\n"), {PLAIN}, MLT_OK, NULL, ": the fields are divided by tabs\n*", "a=1 3; b=2 NA"},
    {"32 bars", BYTES("a|b\n1|2\n"), {PLAIN}, MLT_OK, NULL, ": the fields are divided by bars (|)\n", "a=1; b=2"},
    {"32 semicolons, decimal commas in some rows", BYTES("a;b\n1,5;x\n2;y\n1;z\n"), {PLAIN}, MLT_OK, NULL, "*semicolons*", "a='1,5' '2' '1'; b='x' 'y' 'z'"},
    {"32 ambiguous", BYTES("a,b;c\n1,2;3\n"), {PLAIN}, MLT_E_DATA, ": ',' and ';' both divide every row*--delimiter*", NULL, NULL},
    {"32 given", BYTES("a,b;c\n1,2;3\n"), {PLAIN, .delimiter = ','}, MLT_OK, NULL, NULL, "a=1; b;c='2;3'"},
    {"32 another one given", BYTES("a:b\n1:2\n"), {PLAIN, .delimiter = ':'}, MLT_OK, NULL, NULL, "a=1; b=2"},
    {"32 never silently one column", BYTES("a:b\n1:2\n"), {PLAIN}, MLT_OK, NULL, ": read as a single column*--delimiter\n", "a:b='1:2'"},
    {"33 lines before the header", BYTES("# title\n# by me\na,b,c\n1,2,3\n"), {PLAIN}, MLT_E_DATA, ":1: expected 3 fields as in line 3*found 1*--skip 2", NULL, NULL},
    {"33 left out", BYTES("# \"title\r\n# by me\na,b,c\n1,2,3\n4,5\n"), {PLAIN, .skip = 2}, MLT_E_DATA, ":5: expected 3 fields, found 2*", NULL, NULL},
    {"33 left out", BYTES("# \"title\r\n# by me\na,b,c\n1,2,3\n"), {PLAIN, .skip = 2}, MLT_OK, NULL, NULL, "a=1; b=2; c=3"},
    {"33 all left out", BYTES("a,b\n1,2\n"), {PLAIN, .skip = 7}, MLT_E_DATA, ": the file is empty after the lines left out by --skip*", NULL, NULL},
    {"34 header repeated", BYTES("a,b\n1,2\na,b\n3,4\n"), {PLAIN}, MLT_E_DATA, ":3: the header is repeated here*--bad-rows skip*", NULL, NULL},
    {"34 header repeated, a name is a number", BYTES("2019,b\n1,x\n2019,b\n3,y\n"), {PLAIN}, MLT_E_DATA, ":3: the header is repeated here*", NULL, NULL},
    {"34 header repeated, quoted", BYTES("a,b\n1,2\n\"a\",b\n3,4\n"), {PLAIN}, MLT_E_DATA, ":3: the header is repeated here*", NULL, NULL},
    {"34 header repeated, left out", BYTES("a,b\n1,2\na,b\n3,4\n"), {PLAIN, .skip_bad_rows = true}, MLT_OK, NULL, ": 1 bad row left out (of 3)\n", "a=1 3; b=2 4"},
    {"34 only a name", BYTES("a,b\nx,1\na,2\n"), {PLAIN}, MLT_OK, NULL, NULL, "a='x' 'a'; b=1 2"},
    {"37 PNG", BYTES("\x89PNG\r\n\x1A\n\0\0\0\rIHDR"), {PLAIN}, MLT_E_DATA, ": this is a PNG picture*", NULL, NULL},
    {"37 zip", BYTES("PK\x03\x04\x14\0\x08\0"), {PLAIN}, MLT_E_DATA, ": this is a zip archive*", NULL, NULL},
    {"37 Parquet", BYTES("PAR1\x15\0\x15\x0A"), {PLAIN}, MLT_E_DATA, ": this is a Parquet file*", NULL, NULL},
    {"37 only a name like that", BYTES("PAR1,b\n1,2\n"), {PLAIN}, MLT_OK, NULL, NULL, "PAR1=1; b=2"},
    {"categorical that is not there", BYTES("colour,b\n1,2\n"), {PLAIN, .categorical = (const char *const[]){"color"}, .n_categorical = 1}, MLT_E_USAGE, " has no column \"color\"*did you mean \"colour\"*", NULL, NULL},
    {"categorical that may be absent", BYTES("a,b\n1,2\n"), {PLAIN, .categorical = (const char *const[]){"c", "a"}, .n_categorical = 2, .categorical_if_there = true}, MLT_OK, NULL, NULL, "a='1'; b=2"},
    {"numbers as texts", BYTES("zip,b\n01,2\n1,3\n01,4\n"), {PLAIN, .categorical = (const char *const[]){"zip"}, .n_categorical = 1}, MLT_OK, NULL, NULL, "zip='01' '1' '01'; b=2 3 4"},
    {"label: the last column by default", BYTES("a,b\n1,01\n2,1\n3,1.0\n4,\n"), {0}, MLT_OK, NULL, "*1 missing*", "a=1 2 3 4; b=1~'01' 1~'1' 1~'1.0' NA"},
    {"label: named", BYTES("a,b\n 10 ,1\n9,2\n"), {.label = "a"}, MLT_OK, NULL, NULL, "a=10~'10' 9~'9'; b=1 2"},
    {"label: an empty last column is none", BYTES("a,b,\n1,2,\n"), {0}, MLT_OK, NULL, "*left out*", "a=1; b=2~'2'"},
};
/* clang-format on */
enum { N_CASES = sizeof cases / sizeof *cases };

static const outcome_way ways[] = {
    {.threads = 1},
    {.threads = 2},
    {.threads = 1, .pipe = true},
    {.threads = 1, .settings = {.careful = true}},
    {.threads = 2, .settings = {.block_bytes = 1, .piece_bytes = 1}},
    {.threads = 2, .settings = {.block_bytes = 7, .piece_bytes = 3}},
    {.threads = 3, .settings = {.block_bytes = 1 << 16, .piece_bytes = 5}},
};
enum { N_WAYS = sizeof ways / sizeof *ways };

static void test_csv__every_case_in_every_way(void **state) {
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < N_CASES; i++) {
        for (size_t w = 0; w < N_WAYS; w++) {
            outcome got = outcome_read(cases[i].text, cases[i].length, &cases[i].options, &ways[w]);
            bool ok = got.status == cases[i].status;
            ok = ok && (!cases[i].message || fnmatch(cases[i].message, got.message, 0) == 0);
            ok = ok &&
                 (got.status != MLT_OK || fnmatch(cases[i].notes ? cases[i].notes : "", got.notes, 0) == 0);
            ok = ok && (!cases[i].data || (got.data && strcmp(cases[i].data, got.data) == 0));
            ok = ok && !strchr(got.message, '\n') && !strchr(got.message, '\033');
            if (!ok) {
                fprintf(stderr, "case \"%s\", way %zu\n", cases[i].name, w);
                outcome_print("got", &got);
                failed++;
            }
            outcome_clear(&got);
        }
    }
    assert_int_equal(failed, 0);
}

/* Read a made text in one way only. */
static outcome read_made(const outcome_text *made, const mlt_csv_options *options, const outcome_way *way) {
    return outcome_read(made->text, made->length, options, way);
}

static const mlt_csv_options plain = {PLAIN};

static void test_csv__facts_of_columns(void **state) {
    (void)state;
    const char text[] = "a,b,c,d,e\n1,1.5,x,NA,3\n2,2,7,,4\n-0,NA,y,,5\n";
    outcome got = outcome_read(BYTES(text), &plain, &ways[0]);
    assert_int_equal(got.status, MLT_OK);
    assert_string_equal(got.facts,
                        "3 rows, delimiter ,, header 1\n"
                        "a: type 0, 0 missing, integral 1, first text 0 \"\", levels\n"
                        "b: type 0, 1 missing, integral 0, first text 0 \"\", levels\n"
                        "c: type 1, 0 missing, integral 0, first text 2 \"x\", levels '7' 'x' 'y'\n"
                        "d: type 0, 3 missing, integral 0, first text 0 \"\", levels\n"
                        "e: type 0, 0 missing, integral 1, first text 0 \"\", levels\n");
    outcome_clear(&got);
}

static void test_csv__levels_ascend(void **state) {
    (void)state;
    /* Texts bytewise: Z before a, a before a and more, bytes above 127 last. A numeric label by value, then
     * bytewise. */
    const char text[] =
        "t,y\nabcdefghij,10\nZ,9\n\xC3\xA9,1.0\nabcdefghi,01\na,1\nabcdefgh,-3\nabcdefghijk,9\n";
    const mlt_csv_options defaults = {0};
    outcome got = outcome_read(BYTES(text), &defaults, &ways[0]);
    assert_int_equal(got.status, MLT_OK);
    assert_non_null(
        strstr(got.facts, "levels 'Z' 'a' 'abcdefgh' 'abcdefghi' 'abcdefghij' 'abcdefghijk' '\xC3\xA9'\n"));
    assert_non_null(strstr(got.facts, "levels '-3' '01' '1' '1.0' '9' '10'\n"));
    outcome_clear(&got);
}

static void test_csv__label_texts_only_while_few(void **state) {
    (void)state;
    for (int distinct = 1000; distinct <= 1001; distinct++) {
        outcome_text made = {0};
        outcome_add(&made, "a,b\n");
        for (int i = 0; i < 5000; i++)
            outcome_add(&made, "%d,%d\n", i, i % distinct);
        for (size_t w = 0; w < N_WAYS; w++) {
            if (ways[w].pipe || ways[w].settings.block_bytes == 1)
                continue;
            const mlt_csv_options defaults = {0};
            outcome got = read_made(&made, &defaults, &ways[w]);
            assert_int_equal(got.status, MLT_OK);
            assert_int_equal(strstr(got.data, "b=0~'0' 1~'1'") != NULL, distinct == 1000);
            outcome_clear(&got);
        }
        free(made.text);
    }
}

typedef struct pipe_writer {
    int file;
    const outcome_text *made;
} pipe_writer;

static void *write_pipe(void *argument) {
    const pipe_writer *writer = argument;
    for (size_t done = 0; done < writer->made->length;) {
        ssize_t n = write(writer->file, writer->made->text + done, writer->made->length - done);
        if (n < 0)
            break;
        done += (size_t)n;
    }
    close(writer->file);
    return NULL;
}

static void test_csv__text_after_100000_numbers(void **state) {
    (void)state;
    outcome_text made = {0};
    outcome_add(&made, "a,b,c\n");
    for (int i = 0; i < 100000; i++)
        outcome_add(&made, "%d,%d,%d\n", i, i % 3, i % 7);
    outcome_add(&made, "1,hello,2\n1,2,2\n1,x,\"y\"\n");
    outcome reference = {0};
    for (size_t w = 0; w < 4; w++) {
        /* A pipe has no room for all of it before it is read. */
        outcome got = read_made(&made, &plain, &ways[ways[w].pipe ? 0 : w]);
        assert_int_equal(got.status, MLT_OK);
        assert_non_null(strstr(got.facts,
                               "b: type 1, 0 missing, integral 0, first text 100002 \"hello\", levels "
                               "'0' '1' '2' 'hello' 'x'\n"));
        assert_non_null(
            strstr(got.facts, "c: type 1, 0 missing, integral 0, first text 100004 \"y\", levels"));
        if (w == 0)
            reference = got;
        else {
            assert_true(outcome_same(&reference, &got));
            outcome_clear(&got);
        }
    }
    /* The same through a pipe that is written to while it is read. */
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    char name[32];
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    pipe_writer writer = {ends[1], &made};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_pipe, &writer), 0);
    mlt_frame *frame;
    mlt_error err;
    assert_int_equal(mlt_csv_read(&frame, name, &plain, NULL, &err), MLT_OK);
    outcome piped = {0};
    outcome_frame(&piped, frame);
    assert_string_equal(piped.data, reference.data);
    assert_string_equal(piped.facts, reference.facts);
    mlt_frame_free(frame);
    pthread_join(thread, NULL);
    close(ends[0]);
    outcome_clear(&piped);
    outcome_clear(&reference);
    free(made.text);
}

static void test_csv__many_columns(void **state) {
    (void)state;
    enum { P = 300000 };
    outcome_text made = {0};
    for (int c = 0; c < P; c++)
        outcome_add(&made, "%sc%d", c ? "," : "", c);
    for (int row = 0; row < 2; row++)
        for (int c = 0; c < P; c++)
            outcome_add(&made, "%s%d", c ? "," : "\n", c + row);
    mlt_frame *frame;
    char path[] = "/tmp/mltool-test-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0 && write(file, made.text, made.length) == (ssize_t)made.length);
    close(file);
    mlt_error err;
    assert_int_equal(mlt_csv_read(&frame, path, &plain, NULL, &err), MLT_OK);
    assert_int_equal(frame->p, P);
    assert_int_equal(frame->n, 2);
    assert_string_equal(frame->columns[P - 1].name, "c299999");
    assert_true(frame->columns[P - 1].values[1] == P);
    mlt_frame_free(frame);
    unlink(path);
    free(made.text);
}

static void test_csv__fields_have_a_limit(void **state) {
    (void)state;
    enum { CAP = 1 << 20 };
    static const struct {
        const char *before, *after;
        size_t length;
        mlt_status status;
        const char *message;
    } fields[] = {
        {"a,b\n1,", "\n", CAP, MLT_OK, ""},
        {"a,b\n1,", "\n", CAP + 1, MLT_E_DATA, ":2:2: this field is longer than 1048576 bytes*"},
        {"a,b\n1,\"", "\"\n", CAP - 2, MLT_OK, ""},
        {"a,b\n1,\"", "\"\n", CAP + 1, MLT_E_DATA,
         ":2:2: this field is longer than 1048576 bytes; is its closing*"},
        {"a,b\n\"", "", 3 * CAP, MLT_E_DATA, ":2:1: this field is longer than*"},
        {"", "", 3 * CAP, MLT_E_DATA, ":1:1: this field is longer than*"},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        size_t before = strlen(fields[i].before), after = strlen(fields[i].after);
        size_t length = before + fields[i].length + after;
        char *text = malloc(length);
        assert_non_null(text);
        memcpy(text, fields[i].before, before);
        memset(text + before, 'x', fields[i].length);
        memcpy(text + before + fields[i].length, fields[i].after, after);
        for (size_t w = 0; w < N_WAYS; w++) {
            if (ways[w].pipe)
                continue;
            outcome got = outcome_read(text, length, &plain, &ways[w]);
            assert_int_equal(got.status, fields[i].status);
            assert_int_equal(fnmatch(fields[i].message, got.message, 0), 0);
            outcome_clear(&got);
        }
        free(text);
    }
}

static size_t compress_member(char *out, size_t room, const char *text, size_t length) {
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)text;
    stream.avail_in = (unsigned)length;
    stream.next_out = (unsigned char *)out;
    stream.avail_out = (unsigned)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t written = room - stream.avail_out;
    deflateEnd(&stream);
    return written;
}

static void test_csv__gzip(void **state) {
    (void)state;
    char packed[400];
    size_t first = compress_member(packed, 200, BYTES("a,b\n1,2\n3,"));
    size_t both = first + compress_member(packed + first, 200, BYTES("4\n5,6\n"));
    for (size_t w = 0; w < N_WAYS; w++) {
        outcome got = outcome_read(packed, both, &plain, &ways[w]);
        assert_int_equal(got.status, MLT_OK);
        assert_string_equal(got.data, "a=1 3 5; b=2 4 6");
        outcome_clear(&got);
        /* Cut anywhere: never half of the data in silence; at a member's end it is a whole file. */
        for (size_t length = 3; length < both; length++) {
            got = outcome_read(packed, length, &plain, &ways[w]);
            if (length == first) {
                assert_int_equal(got.status, MLT_OK);
            } else {
                assert_int_equal(got.status, MLT_E_DATA);
                assert_int_equal(fnmatch(": the gzip data end too early*", got.message, 0), 0);
            }
            outcome_clear(&got);
        }
        packed[both] = 'x';
        got = outcome_read(packed, both + 1, &plain, &ways[w]);
        assert_int_equal(got.status, MLT_E_DATA);
        assert_int_equal(fnmatch(": there are other bytes after the end of the gzip*", got.message, 0), 0);
        outcome_clear(&got);
        packed[both - 6] ^= 1;
        got = outcome_read(packed, both, &plain, &ways[w]);
        assert_int_equal(got.status, MLT_E_DATA);
        assert_int_equal(fnmatch(": the gzip data are damaged*", got.message, 0), 0);
        outcome_clear(&got);
        packed[both - 6] ^= 1;
    }
}

static void test_csv__gzip_bomb(void **state) {
    (void)state;
    /* 20 members of 16 MiB of newlines each: 320 MiB in 330 kB. */
    enum { MEMBER = 1 << 24, N = 20 };
    char *lines = malloc(MEMBER), *packed = malloc(N * 20000);
    assert_non_null(lines);
    assert_non_null(packed);
    memset(lines, '\n', MEMBER);
    size_t length = compress_member(packed, 200, BYTES("a,b\n1,2\n"));
    size_t member = compress_member(packed + length, 20000, lines, MEMBER);
    for (size_t i = 1; i < N; i++)
        memcpy(packed + length + i * member, packed + length, member);
    outcome got = outcome_read(packed, length + N * member, &plain, &ways[0]);
    assert_int_equal(got.status, MLT_E_LIMIT);
    assert_int_equal(fnmatch(": the gzip data expand more than 200 times*", got.message, 0), 0);
    outcome_clear(&got);
    free(lines);
    free(packed);
}

static void test_csv__digest_is_of_the_decompressed_bytes(void **state) {
    (void)state;
    /* printf '\357\273\277# x\na,b\n1,2' | sha256sum */
    static const char text[] = "\xEF\xBB\xBF# x\na,b\n1,2";
    char packed[200];
    size_t length = compress_member(packed, sizeof packed, BYTES(text));
    for (int gzip = 0; gzip < 2; gzip++) {
        char path[] = "/tmp/mltool-test-XXXXXX";
        int file = mkstemp(path);
        assert_true(file >= 0);
        assert_true(write(file, gzip ? packed : text, gzip ? length : sizeof text - 1) > 0);
        close(file);
        mlt_frame *frame;
        const mlt_csv_options options = {.digest = true, .skip = 1};
        assert_int_equal(mlt_csv_read(&frame, path, &options, NULL, NULL), MLT_OK);
        assert_string_equal(frame->sha256,
                            "7f703231d78dceeaa95526b0225bf191fe8c3ca7f5f4056fa6240dcac471a8d2");
        assert_string_equal(frame->source, path);
        mlt_frame_free(frame);
        unlink(path);
    }
}

static void test_csv__what_is_no_file(void **state) {
    (void)state;
    static const struct {
        const char *path;
        mlt_status status;
        const char *message;
    } paths[] = {
        {"/tmp", MLT_E_IO, "/tmp: this is a directory*"},
        {"/tmp/mltool-test-absent\033[1m.csv", MLT_E_IO,
         "/tmp/mltool-test-absent\\\\x1B\\[1m.csv: cannot be opened: *"},
        {"", MLT_E_IO, ": cannot be opened: *"},
        {"/dev/null", MLT_E_DATA, "/dev/null: the file is empty*"},
        {"/proc/self/maps", MLT_OK, ""},
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        mlt_frame *frame = NULL;
        mlt_error err = {0};
        const mlt_csv_options options = {.no_header = true, .delimiter = '|'};
        assert_int_equal(mlt_csv_read(&frame, paths[i].path, &options, NULL, &err), paths[i].status);
        assert_int_equal(fnmatch(paths[i].message, err.message, 0), 0);
        mlt_frame_free(frame);
    }
}

static void test_csv__any_allocation_may_fail(void **state) {
    (void)state;
    if (!can_fail_allocations())
        skip();
    /* Quotes, texts found late, labels, missing cells, gzip and a pipe. */
    outcome_text made = {0};
    outcome_add(&made, "a,b,c,d\n1,2,\"x\",\n");
    for (int i = 0; i < 30000; i++)
        outcome_add(&made, "%d,1.5,text%d,%d\n", i, i % 200, i % 10);
    outcome_add(&made, "1,late,x,y\n");
    char *packed = malloc(made.length);
    assert_non_null(packed);
    size_t length = compress_member(packed, made.length, made.text, made.length);
    char path[] = "/tmp/mltool-test-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0 && write(file, packed, length) == (ssize_t)length);
    close(file);
    const mlt_csv_options options = {.digest = true, .label = "d"};
    const mlt_csv__settings settings = {.block_bytes = 1 << 16, .piece_bytes = 1 << 13};
    const mlt_context one_thread = {.threads = 1};
    bool failed = true;
    long n = 0;
    while (failed) {
        mlt_frame *frame = NULL;
        mlt_error err = {0};
        allocations_left = n;
        mlt_status status = mlt_csv__read(&frame, path, &options, &settings, &one_thread, &err);
        failed = allocations_left < 0;
        allocations_left = -1;
        /* Only giving room back may fail without harm. */
        if (status != MLT_OK) {
            assert_true(failed);
            assert_int_equal(status, MLT_E_NOMEM);
            assert_int_equal(err.status, MLT_E_NOMEM);
            assert_null(frame);
        }
        mlt_frame_free(frame);
        n += 1 + n / 20;
    }
    assert_true(n > 100);
    unlink(path);
    free(packed);
    free(made.text);
}

static bool never(void *user, const char *what, size_t done, size_t total) {
    (void)what;
    assert_true(total == 0 || done <= total);
    ++*(int *)user;
    return false;
}

static void test_csv__can_be_cancelled(void **state) {
    (void)state;
    char path[] = "/tmp/mltool-test-XXXXXX";
    int file = mkstemp(path), calls = 0;
    assert_true(file >= 0 && write(file, "a,b\n1,2\n", 8) == 8);
    close(file);
    const mlt_context context = {.user = &calls, .progress = never};
    mlt_frame *frame = NULL;
    mlt_error err = {0};
    assert_int_equal(mlt_csv_read(&frame, path, NULL, &context, &err), MLT_E_CANCELLED);
    assert_null(frame);
    assert_int_equal(calls, 1);
    unlink(path);
}

static bool cut_file(void *user, const char *what, size_t done, size_t total) {
    (void)what;
    (void)done;
    (void)total;
    return truncate(user, 1000) == 0;
}

static void test_csv__file_cut_while_it_is_read(void **state) {
    (void)state;
    outcome_text made = {0};
    outcome_add(&made, "a,b\n");
    for (int i = 0; i < 100000; i++)
        outcome_add(&made, "%d,%d\n", i, i);
    char path[] = "/tmp/mltool-test-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0 && write(file, made.text, made.length) == (ssize_t)made.length);
    close(file);
    const mlt_csv__settings settings = {.block_bytes = 1 << 16, .piece_bytes = 1 << 14};
    const mlt_context context = {.threads = 1, .user = path, .progress = cut_file};
    mlt_frame *frame = NULL;
    mlt_error err = {0};
    assert_int_equal(mlt_csv__read(&frame, path, NULL, &settings, &context, &err), MLT_E_IO);
    assert_int_equal(fnmatch("*: the file became shorter while it was read*", err.message, 0), 0);
    unlink(path);
    free(made.text);
}

static void test_frame__finds_columns_by_name(void **state) {
    (void)state;
    char path[] = "/tmp/mltool-test-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0 && write(file, "a,b\n1,2\n", 8) == 8);
    close(file);
    mlt_frame *frame = NULL;
    assert_int_equal(mlt_csv_read(&frame, path, NULL, NULL, NULL), MLT_OK);
    assert_ptr_equal(mlt_frame_column(frame, "b"), &frame->columns[1]);
    assert_null(mlt_frame_column(frame, "c"));
    mlt_frame_free(frame);
    mlt_frame_free(NULL);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv__every_case_in_every_way),
        cmocka_unit_test(test_csv__facts_of_columns),
        cmocka_unit_test(test_csv__levels_ascend),
        cmocka_unit_test(test_csv__label_texts_only_while_few),
        cmocka_unit_test(test_csv__text_after_100000_numbers),
        cmocka_unit_test(test_csv__many_columns),
        cmocka_unit_test(test_csv__fields_have_a_limit),
        cmocka_unit_test(test_csv__gzip),
        cmocka_unit_test(test_csv__gzip_bomb),
        cmocka_unit_test(test_csv__digest_is_of_the_decompressed_bytes),
        cmocka_unit_test(test_csv__what_is_no_file),
        cmocka_unit_test(test_csv__any_allocation_may_fail),
        cmocka_unit_test(test_csv__can_be_cancelled),
        cmocka_unit_test(test_csv__file_cut_while_it_is_read),
        cmocka_unit_test(test_frame__finds_columns_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
