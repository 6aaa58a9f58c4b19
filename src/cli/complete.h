/** Completion: how an unfinished command line may go on, by the tables. */
#ifndef MLT_CLI_COMPLETE_H
#define MLT_CLI_COMPLETE_H

#include "cli/command.h"

/** Write to stdout how the last of the words may go on: a line for each possibility, "WORD<tab>what it is";
 * the line
 *  ":file" stands for the names of files. Where nothing fits there is no line.
 *  @param words  n ≥ 1 words behind the program's name, the last (perhaps empty) being typed. Where a shell
 * makes words of "--model=x" that are "--model", "=" and "x", that is understood. */
void cli_complete(const char *const *words, size_t n);

#endif
