# mltool: make, make test, make install PREFIX=/usr/local; see CONTRIBUTING.md for the others.
BUILD ?= build
CC ?= cc
CFLAGS ?= -O2 -g
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif
# No contraction: a fused multiply-add would change the last bits that scikit-learn's results are compared by.
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -fPIC -fopenmp -ffp-contract=off -fno-fast-math $(WARNINGS) -Iinclude $(CPPFLAGS) $(DEPS_CFLAGS) $(CFLAGS)
DEPS_CFLAGS := $(shell pkg-config --cflags openblas gsl jansson zlib nettle)
GSL_A := $(shell pkg-config --variable=libdir gsl)/libgsl.a
# GSL is linked statically and OpenBLAS supplies its CBLAS, so libgslcblas is never loaded.
DEPS_LIBS := $(GSL_A) $(shell pkg-config --libs openblas jansson zlib nettle) -lcsv -lm

LIB_SRC := $(wildcard src/core/*.c src/data/*.c src/metrics/*.c src/models/*.c src/eval/*.c src/io/*.c src/report/*.c)
CLI_SRC := $(wildcard src/cli/*.c)
TEST_SRC := $(wildcard tests/unit/test_*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)
CLI_OBJ := $(CLI_SRC:%.c=$(BUILD)/%.o)
TEST_BIN := $(TEST_SRC:tests/unit/%.c=$(BUILD)/tests/%)

all: $(BUILD)/mltool

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Isrc -MMD -MP -c $< -o $@

$(BUILD)/libmltool.a: $(LIB_OBJ)
	rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/mltool: $(CLI_OBJ) $(BUILD)/libmltool.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(CLI_OBJ) $(BUILD)/libmltool.a $(DEPS_LIBS) -o $@

$(BUILD)/tests/%: tests/unit/%.c $(BUILD)/libmltool.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Isrc -MMD -MP $< $(LDFLAGS) $(BUILD)/libmltool.a $(DEPS_LIBS) -lcmocka -o $@

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: all clean
clean:
	rm -rf $(BUILD)
