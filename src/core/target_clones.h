/** Functions that the compiler makes for more than one instruction set, chosen when the program is loaded.
 * For whole numbers: what is computed is the same anyway. */
#ifndef MLT_CORE_TARGET_CLONES_H
#define MLT_CORE_TARGET_CLONES_H

/* gcc on x86-64. clang instruments the choice itself, which then runs before its sanitizers are ready. */
#if defined(__x86_64__) && !defined(__clang__)
#define MLT_TARGET_CLONES(set) __attribute__((target_clones(set, "default")))
#else
#define MLT_TARGET_CLONES(set)
#endif

#endif
