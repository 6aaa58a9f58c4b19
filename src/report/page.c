/* A report for people, line by line: plain text or Markdown. */
#include "report/page.h"

#include "core/error.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_WIDTH = 11 };

static bool markdown(const mlt__page *page) { return page->options->format == MLT_FORMAT_MARKDOWN; }

void mlt__page_start(mlt__page *page, FILE *out, const mlt_report_options *options) {
    *page = (mlt__page){.out = out, .options = options};
    page->digits = options->digits ? options->digits : MLT__DEFAULT_DIGITS;
}

static void bold(const mlt__page *page, bool on) {
    if (page->options->color && !markdown(page))
        fputs(on ? "\033[1m" : "\033[0m", page->out);
}

/* A blank line between sections. */
static void begin_section(mlt__page *page) {
    if (page->begun)
        fputc('\n', page->out);
    page->begun = true;
}

void mlt__page_heading(mlt__page *page, const char *format, ...) {
    begin_section(page);
    if (markdown(page))
        fputs("### ", page->out);
    bold(page, true);
    va_list args;
    va_start(args, format);
    vfprintf(page->out, format, args);
    va_end(args);
    bold(page, false);
    fputs(markdown(page) ? "\n\n" : "\n", page->out);
}

/* Take the text's bytes, or note that composing it failed. */
static const char *content(mlt__page *page, const mlt__text *text) {
    page->failed = page->failed || text->failed;
    return text->s ? text->s : "";
}

void mlt__page_field(mlt__page *page, const char *label, mlt__text *value) {
    const char *text = content(page, value);
    if (markdown(page)) {
        fprintf(page->out, "- **%s**: %s\n", label, text);
    } else {
        bold(page, true);
        fprintf(page->out, "%-*s", LABEL_WIDTH, label);
        bold(page, false);
        mlt_report_wrapped(page->out, text, LABEL_WIDTH);
    }
    page->begun = true;
    free(value->s);
    *value = (mlt__text){0};
}

void mlt__page_remark(mlt__page *page, mlt__text *text) {
    begin_section(page);
    mlt_report_wrapped(page->out, content(page, text), 0);
    free(text->s);
    *text = (mlt__text){0};
}

mlt_status mlt__page_finish(mlt__page *page, mlt_error *err) {
    return page->failed ? mlt__raise_nomem(err, 1) : MLT_OK;
}
