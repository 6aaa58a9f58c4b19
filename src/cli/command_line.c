/* A command line as text that a shell reads back. */
#include "cli/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Single quotes hold everything but themselves. */
static void put_quoted(FILE *out, const char *argument) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=./,:@%";
    if (*argument && strspn(argument, plain) == strlen(argument)) {
        fputs(argument, out);
        return;
    }
    fputc('\'', out);
    for (; *argument; argument++)
        if (*argument == '\'')
            fputs("'\\''", out);
        else
            fputc(*argument, out);
    fputc('\'', out);
}

char *cli_command_line(char *const *argv) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    fputs("mltool", out);
    for (char *const *argument = argv + 1; *argument; argument++) {
        fputc(' ', out);
        put_quoted(out, *argument);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* One word from `*text`, written to `*to`, both moved behind it; false if a quote is not closed. */
static bool take_word(const char **text, char **to) {
    const char *from = *text;
    while (*from && *from != ' ') {
        if (*from == '\'') {
            const char *end = strchr(from + 1, '\'');
            if (!end)
                return false;
            memcpy(*to, from + 1, (size_t)(end - from - 1));
            *to += end - from - 1;
            from = end + 1;
        } else {
            from += *from == '\\' && from[1];
            *(*to)++ = *from++;
        }
    }
    *(*to)++ = '\0';
    *text = from;
    return true;
}

mlt_status cli_command_words(char ***words, const char *text, mlt_error *err) {
    size_t most = strlen(text) + 2, n = 0;
    char **list = malloc(most * sizeof *list + most);
    if (!list)
        return cli_fail_memory(err);
    char *to = (char *)(list + most);
    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        list[n++] = to;
        if (!take_word(&text, &to)) {
            free(list);
            return cli_fail(
                err, MLT_E_MODEL,
                "the command that the model file records ends within quotes; fit the model again");
        }
    }
    list[n] = NULL;
    *words = list;
    return MLT_OK;
}
