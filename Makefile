# mltool: make, make test, make install PREFIX=/usr/local. `make help` lists the rest.
VERSION = 0.1.0
# Of the version, for the manual pages.
DATE = 2026-11-26
SOVERSION = 0

BUILD ?= build
PREFIX ?= /usr/local
CC ?= cc
CFLAGS ?= -O2 -g
PKG_CONFIG ?= pkg-config
bindir = $(PREFIX)/bin
libdir = $(PREFIX)/lib
includedir = $(PREFIX)/include
datadir = $(PREFIX)/share
man1dir = $(datadir)/man/man1
bash_completions = $(datadir)/bash-completion/completions
zsh_completions = $(datadir)/zsh/site-functions
fish_completions = $(datadir)/fish/vendor_completions.d

# V=1 shows the commands; WERROR=1 makes warnings errors.
Q = $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@echo '  $(1)	$@')

# ---- what is needed ----

DEPS = openblas jansson zlib nettle libxxhash
ifneq ($(filter-out help clean format uninstall,$(or $(MAKECMDGOALS),all)),)
# The serial OpenBLAS where there is one: mltool has threads of its own, and the other builds start theirs, which spin,
# as soon as they are loaded.
GSL_LIBDIR := $(shell $(PKG_CONFIG) --variable=libdir gsl)
OPENBLAS_SERIAL := $(wildcard $(GSL_LIBDIR)/openblas-serial)
PKG_CONFIG := PKG_CONFIG_PATH=$(OPENBLAS_SERIAL)/pkgconfig:$$PKG_CONFIG_PATH $(PKG_CONFIG)
ifneq ($(shell $(PKG_CONFIG) --exists gsl $(DEPS) && echo yes),yes)
$(error A library or pkg-config is missing; scripts/install-deps installs them)
endif
DEPS_CFLAGS := $(shell $(PKG_CONFIG) --cflags gsl $(DEPS))
# GSL is linked statically and OpenBLAS supplies its CBLAS, so libgslcblas is never loaded.
GSL_A := $(GSL_LIBDIR)/libgsl.a
# GCC's OpenMP is part of the program, which tells it how to wait (src/cli/waiting.c).
GOMP_A := $(if $(findstring Free Software Foundation,$(shell $(CC) --version)),$(shell $(CC) -print-file-name=libgomp.a))
DEPS_LIBS := $(GSL_A) $(shell $(PKG_CONFIG) --libs $(DEPS)) $(OPENBLAS_SERIAL:%=-Wl,-rpath,%) -lcsv -lm
endif

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif
# No contraction: a fused multiply-add would change the last bits that scikit-learn's results are compared by.
BASE_CFLAGS = -std=c17 -D_GNU_SOURCE -fPIC -fopenmp -ffp-contract=off -fno-fast-math $(WARNINGS) \
	-Iinclude -Isrc $(DEPS_CFLAGS)
ALL_CFLAGS = $(BASE_CFLAGS) -DMLT_VERSION='"$(VERSION)"' -DMLT_DATE='"$(DATE)"' $(CPPFLAGS) $(CFLAGS)

# ---- what there is ----

HEADERS := $(wildcard include/mltool/*.h)
LIB_SRC := $(wildcard $(foreach layer,core data metrics models eval io report,src/$(layer)/*.c))
CLI_SRC := $(wildcard src/cli/*.c)
TEST_SRC := $(wildcard tests/unit/test_*.c)
HELPER_SRC := $(filter-out $(TEST_SRC),$(wildcard tests/unit/*.c))
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)
CLI_OBJ := $(CLI_SRC:%.c=$(BUILD)/%.o)
HELPER_OBJ := $(HELPER_SRC:%.c=$(BUILD)/%.o)
TEST_OBJ := $(TEST_SRC:%.c=$(BUILD)/%.o)
TEST_BIN := $(TEST_SRC:tests/unit/%.c=$(BUILD)/tests/%)
BENCH_SRC := $(wildcard tests/bench/*.c)
BENCH_OBJ := $(BENCH_SRC:%.c=$(BUILD)/%.o)
BENCH_BIN := $(BENCH_SRC:tests/bench/%.c=$(BUILD)/bench/%)
SONAME = libmltool.so.$(SOVERSION)
COMMANDS := $(shell sed -n 's/^CLI_COMMAND(\(.*\))/\1/p' src/cli/cmds.def)
MAN_PAGES = $(BUILD)/man/mltool.1 $(COMMANDS:%=$(BUILD)/man/mltool-%.1)
COMPLETIONS = $(addprefix $(BUILD)/completions/mltool.,bash zsh fish)

all: $(BUILD)/mltool $(BUILD)/libmltool.a $(BUILD)/libmltool.so man completions
man: $(MAN_PAGES)
completions: $(COMPLETIONS)
tests: $(TEST_BIN)
bench-programs: $(BENCH_BIN)

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/libmltool.a: $(LIB_OBJ)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/mltool: $(CLI_OBJ) $(BUILD)/libmltool.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -Wl,--as-needed $^ $(wildcard $(GOMP_A)) $(DEPS_LIBS) -o $@

# What the public headers declare is what the shared library exports.
$(BUILD)/libmltool.map: $(HEADERS) scripts/export-map Makefile
	@mkdir -p $(@D)
	$(Q)scripts/export-map MLTOOL_$(SOVERSION) $(HEADERS) >$@

$(BUILD)/libmltool.so: $(LIB_OBJ) $(BUILD)/libmltool.map
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,--version-script=$(BUILD)/libmltool.map \
		-Wl,--no-undefined $(LIB_OBJ) $(DEPS_LIBS) -o $@

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(HELPER_OBJ) $(BUILD)/libmltool.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(DEPS_LIBS) -lcmocka -o $@

$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/libmltool.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -Wl,--as-needed $^ $(DEPS_LIBS) -o $@

# The program writes them itself, from its tables.
$(BUILD)/man/mltool.1: $(BUILD)/mltool
	@mkdir -p $(@D)
	$(Q)$< help --man >$@
$(BUILD)/man/mltool-%.1: $(BUILD)/mltool
	@mkdir -p $(@D)
	$(Q)$< help --man $* >$@
$(BUILD)/completions/mltool.%: $(BUILD)/mltool
	@mkdir -p $(@D)
	$(Q)$< completions $* >$@

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(HELPER_OBJ:.o=.d) $(TEST_OBJ:.o=.d) $(BENCH_OBJ:.o=.d)
.SECONDARY:

# ---- tests ----

test: all tests
	scripts/run-tests $(BUILD) unit cli install
test-unit: tests
	scripts/run-tests $(BUILD) unit
test-cli: all
	scripts/run-tests $(BUILD) cli

# Each of these is a whole build of its own beside the normal one.
SUPPRESSIONS = $(CURDIR)/tests/suppressions
asan:
	$(MAKE) BUILD=$(BUILD)/asan CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all' \
		$(BUILD)/asan/mltool tests
	ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1 \
	LSAN_OPTIONS=suppressions=$(SUPPRESSIONS)/lsan.supp:print_suppressions=0 \
	UBSAN_OPTIONS=print_stacktrace=1 scripts/run-tests $(BUILD)/asan unit cli

# clang: its OpenMP runtime tells the sanitizer of the barriers that gcc's hides.
tsan:
	$(MAKE) BUILD=$(BUILD)/tsan CC=clang CFLAGS='-O1 -g -fsanitize=thread' $(BUILD)/tsan/mltool tests
	TSAN_OPTIONS=ignore_noninstrumented_modules=1:suppressions=$(SUPPRESSIONS)/tsan.supp OPENBLAS_NUM_THREADS=1 \
		scripts/run-tests $(BUILD)/tsan unit cli

# The programs that fit every reference case take too long here; asan runs them.
VALGRIND = valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect,possible \
	--errors-for-leak-kinds=definite,indirect,possible --suppressions=$(SUPPRESSIONS)/valgrind.supp
# What takes minutes under valgrind; the sanitizers run it all.
VALGRIND_SKIP ?= test_fixtures test_csv_lanes test_number test_least_squares test_logistic
valgrind: tests
	TEST_WRAPPER='$(VALGRIND)' TEST_SKIP='$(VALGRIND_SKIP)' scripts/run-tests $(BUILD) unit

# ---- care ----

lint:
	@CC='$(CC)' BASE_CFLAGS='$(BASE_CFLAGS)' scripts/lint
format:
	clang-format -i $(HEADERS) $(wildcard src/*/*.[ch] tests/*/*.[ch])
bench: all bench-programs
	BUILD='$(BUILD)' scripts/bench $(BENCH)

# ---- installing ----

install: all
	install -d $(addprefix $(DESTDIR),$(bindir) $(libdir)/pkgconfig $(includedir)/mltool)
	install -m 755 $(BUILD)/mltool $(DESTDIR)$(bindir)/mltool
	install -m 644 $(BUILD)/libmltool.a $(DESTDIR)$(libdir)/libmltool.a
	install -m 755 $(BUILD)/libmltool.so $(DESTDIR)$(libdir)/libmltool.so.$(VERSION)
	ln -sf libmltool.so.$(VERSION) $(DESTDIR)$(libdir)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(libdir)/libmltool.so
	install -m 644 $(HEADERS) $(DESTDIR)$(includedir)/mltool
	install -d $(addprefix $(DESTDIR),$(man1dir) $(bash_completions) $(zsh_completions) $(fish_completions))
	install -m 644 $(MAN_PAGES) $(DESTDIR)$(man1dir)
	install -m 644 $(BUILD)/completions/mltool.bash $(DESTDIR)$(bash_completions)/mltool
	install -m 644 $(BUILD)/completions/mltool.zsh $(DESTDIR)$(zsh_completions)/_mltool
	install -m 644 $(BUILD)/completions/mltool.fish $(DESTDIR)$(fish_completions)/mltool.fish
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@DEPS@|$(DEPS)|' -e 's|@GSL_A@|$(GSL_A)|' \
		mltool.pc.in >$(DESTDIR)$(libdir)/pkgconfig/mltool.pc
	@if [ -z '$(DESTDIR)' ] && [ "$$(id -u)" -eq 0 ]; then ldconfig; fi

uninstall:
	rm -f $(DESTDIR)$(bindir)/mltool $(DESTDIR)$(libdir)/libmltool.a $(DESTDIR)$(libdir)/libmltool.so \
		$(DESTDIR)$(libdir)/libmltool.so.* $(DESTDIR)$(libdir)/pkgconfig/mltool.pc
	rm -rf $(DESTDIR)$(includedir)/mltool
	rm -f $(DESTDIR)$(man1dir)/mltool.1 $(COMMANDS:%=$(DESTDIR)$(man1dir)/mltool-%.1) \
		$(DESTDIR)$(bash_completions)/mltool $(DESTDIR)$(zsh_completions)/_mltool \
		$(DESTDIR)$(fish_completions)/mltool.fish

clean:
	rm -rf $(BUILD)

help:
	@echo 'make                  $(BUILD)/mltool, the libraries, manual pages and completions'
	@echo 'make test             all tests; test-unit, test-cli: a part of them'
	@echo 'make asan             all tests under AddressSanitizer and UBSan'
	@echo 'make tsan, valgrind   the tests under ThreadSanitizer (clang), the quick ones under valgrind'
	@echo 'make lint, format     the checks on the source; put it in form'
	@echo 'make bench            how fast it is beside others; BENCH=--quick in two minutes, scripts/bench --help'
	@echo 'make install PREFIX=/usr/local DESTDIR=    and uninstall'
	@echo 'make clean            remove $(BUILD)'
	@echo 'V=1 shows commands; WERROR=1 makes warnings errors; CC, CFLAGS, LDFLAGS, BUILD as usual'

.PHONY: all man completions tests bench-programs test test-unit test-cli asan tsan valgrind lint format bench install uninstall clean help
.DELETE_ON_ERROR:
