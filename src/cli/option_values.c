/* One option's text as a value: the checks that need no file. */
#include "cli/option_values.h"

#include "mltool/nearest.h"
#include "mltool/number.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CHOICES = 16 };

const char *cli_choices(cli_choices_text *out, const char *choices) {
    size_t used = 0;
    for (const char *c = choices; *c && used + 5 < sizeof out->text; c++) {
        if (*c != '|') {
            out->text[used++] = *c;
            continue;
        }
        const char *joint = strchr(c + 1, '|') ? ", " : " or ";
        memcpy(out->text + used, joint, strlen(joint));
        used += strlen(joint);
    }
    out->text[used] = '\0';
    return out->text;
}

static mlt_status whole(int64_t *value, const cli_option *option, const char *text, mlt_error *err) {
    const char *digits = text + (*text == '-' || *text == '+');
    bool fine = *digits && strspn(digits, "0123456789") == strlen(digits);
    errno = 0;
    long long number = fine ? strtoll(text, NULL, 10) : 0;
    if (!fine || errno || (double)number < option->min || (double)number > option->max) {
        cli_shown shown;
        return cli_fail(err, MLT_E_USAGE,
                        "--%s: '%s' is not a whole number from %.10g to %.10g; give one that is",
                        option->name, cli_show(&shown, text), option->min, option->max);
    }
    *value = number;
    return MLT_OK;
}

static mlt_status share(double *value, const cli_option *option, const char *text, mlt_error *err) {
    double number;
    if (!mlt_parse_double(&number, text, strlen(text)) || !(number > option->min && number < option->max)) {
        cli_shown shown;
        return cli_fail(err, MLT_E_USAGE,
                        "--%s: '%s' is not a number between %.10g and %.10g; give a share, such as %s",
                        option->name, cli_show(&shown, text), option->min, option->max,
                        option->default_text ? option->default_text : "0.8");
    }
    *value = number;
    return MLT_OK;
}

mlt_status cli_choice(int *value, const char *choices, const char *text, const char *place, mlt_error *err) {
    char words[sizeof((cli_choices_text *)NULL)->text];
    const char *names[MAX_CHOICES];
    size_t n = 0;
    snprintf(words, sizeof words, "%s", choices);
    char *rest = words;
    for (char *word; n < MAX_CHOICES && (word = strsep(&rest, "|"));)
        names[n++] = word;
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], text) == 0) {
            *value = (int)i;
            return MLT_OK;
        }
    cli_shown shown;
    cli_choices_text all;
    const char *nearest = mlt_nearest(text, names, n);
    if (nearest)
        return cli_fail(err, MLT_E_USAGE, "%s: '%s' is not one of its values; did you mean '%s'?", place,
                        cli_show(&shown, text), nearest);
    return cli_fail(err, MLT_E_USAGE, "%s: '%s' is not one of its values; give %s", place,
                    cli_show(&shown, text), cli_choices(&all, choices));
}

/* A character that no number, name or quoting needs. */
static mlt_status delimiter(char *value, const cli_option *option, const char *text, mlt_error *err) {
    if (strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0)
        text = "\t";
    if (text[0] && !text[1] && strchr(",;|:\t!#$%&*/=?@^~", text[0])) {
        *value = text[0];
        return MLT_OK;
    }
    cli_shown shown;
    return cli_fail(err, MLT_E_USAGE,
                    "--%s: '%s' cannot separate cells; give one character such as ',' ';' '|', or tab",
                    option->name, cli_show(&shown, text));
}

/* Cut the next item out of `*rest`, in place: up to a comma, or the text in double quotes. False if a quote
 * is not closed or something follows it. */
static bool next_item(char **rest, char **item) {
    char *from = *rest, *to = *rest;
    *item = to;
    if (*from != '"') {
        from += strcspn(from, ",");
        to = from;
    } else {
        for (from++; *from && (*from != '"' || from[1] == '"'); from++) {
            from += *from == '"';
            *to++ = *from;
        }
        if (*from != '"' || (from[1] && from[1] != ','))
            return false;
        from++;
    }
    *rest = *from ? from + 1 : NULL;
    *to = '\0';
    return true;
}

static mlt_status list(cli_list *value, const cli_option *option, const char *text, void **blocks,
                       mlt_error *err) {
    size_t most = 1;
    for (const char *c = text; *c; c++)
        most += *c == ',';
    char *copy = strdup(text), **items = calloc(most, sizeof *items);
    blocks[0] = copy;
    blocks[1] = items;
    if (!copy || !items)
        return cli_fail_memory(err);
    size_t n = 0;
    cli_shown shown;
    for (char *rest = *copy ? copy : NULL; rest; n++) {
        if (!next_item(&rest, &items[n]))
            return cli_fail(err, MLT_E_USAGE,
                            "--%s: a double quote is not closed in '%s'; close it before the comma",
                            option->name, cli_show(&shown, text));
        if (!items[n][0])
            return cli_fail(err, MLT_E_USAGE,
                            "--%s: an empty name in '%s'; give names with single commas between",
                            option->name, cli_show(&shown, text));
    }
    *value = (cli_list){.items = (const char *const *)items, .n = n};
    return MLT_OK;
}

/* Each time into a new array; the old one stays among the blocks. */
static mlt_status add_text(cli_list *value, const char *text, void **blocks, mlt_error *err) {
    const char **items = calloc(value->n + 1, sizeof *items);
    if (!items)
        return cli_fail_memory(err);
    for (size_t i = 0; i < value->n; i++)
        items[i] = value->items[i];
    items[value->n] = text;
    blocks[0] = (void *)items;
    *value = (cli_list){.items = items, .n = value->n + 1};
    return MLT_OK;
}

mlt_status cli_option_value(void *value, const cli_option *option, const char *text, void **blocks,
                            mlt_error *err) {
    char place[64];
    bool may_be_empty = option->kind == CLI_LIST && option->min < 1;
    if (!*text && !may_be_empty)
        return cli_fail(err, MLT_E_USAGE, "--%s: the value is empty; give %s", option->name,
                        option->argument);
    switch (option->kind) {
    case CLI_WHOLE:
        return whole(value, option, text, err);
    case CLI_SHARE:
        return share(value, option, text, err);
    case CLI_CHOICE:
        snprintf(place, sizeof place, "--%s", option->name);
        return cli_choice(value, option->choices, text, place, err);
    case CLI_CHAR:
        return delimiter(value, option, text, err);
    case CLI_LIST:
        return list(value, option, text, blocks, err);
    case CLI_TEXTS:
        return add_text(value, text, blocks, err);
    case CLI_TEXT:
        *(const char **)value = text;
        return MLT_OK;
    case CLI_FLAG:
        break;
    }
    *(bool *)value = true;
    return MLT_OK;
}
