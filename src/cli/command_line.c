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
