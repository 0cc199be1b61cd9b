#!/bin/sh
# What `./dev lint` looks at, in the tree's own folder: the format of C, what analyzers say of C and shell, the laws of
# ARCHITECTURE.md. Each of them is run, whatever those before it said; it ends with 1 when one had something to say.
set -u
flags=build/compile_flags.txt
failed=0

# All that is needed to read any one file of ours: every include folder, and texts for those that configure gives.
# What is included in quotes is looked for in a file's own folder first, so that the two secret.h stay apart.
compile_flags() {
    printf '%s\n' -std=gnu11 -D_GNU_SOURCE "-I$PWD/host-api"
    for folder in kit plugin host host/git tests fuzz; do
        printf '%s\n' "-iquote$PWD/$folder"
    done
    for text in PACKAGE_VERSION CONFIG_DIRECTORY DATA_DIRECTORY PROVIDER_DIRECTORY MODULE_DIRECTORY; do
        printf '%s\n' "-D$text=__FILE__"
    done
    pkg-config --cflags libcurl json-c sqlite3 libpq libcrypto libmicrohttpd inih check | xargs printf '%s\n'
}

# A process for each: clang-tidy 14 says other things of several files than of each by itself.
of_each_c_file() {
    git ls-files '*.c' | xargs -P "$(nproc)" -n 1 "$@"
}

# gcc's search for leaks takes what is put into a list that grows for lost: clang's, LeakSanitizer and valgrind do not.
gcc_analyzer() {
    of_each_c_file gcc "@$flags" -fanalyzer -Wno-analyzer-malloc-leak -Werror -S -o /dev/null
}

cppcheck_all() {
    sed -n 's/^-iquote/-I/p' $flags | xargs cppcheck -q -j "$(nproc)" --error-exitcode=1 --inline-suppr \
        --enable=warning,performance,portability -D_GNU_SOURCE host-api kit plugin plugin-git-directory host tests bench \
        fuzz
}

shell_files() {
    git ls-files | xargs grep -lE '^#! ?/(usr/)?bin/(env )?(ba|da)?sh'
}

laws() {
    laws=$(python3 tests/test-laws.py)
    echo "$laws" | grep '^#'
    ! echo "$laws" | grep '^not ok'
}

mkdir -p build
compile_flags >$flags
git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror || failed=1
gcc_analyzer || failed=1
of_each_c_file clang-tidy --quiet -p build 2>/dev/null || failed=1 # which tells there what it did not tell
cppcheck_all || failed=1
{ shell_files; echo completion/source-host.bash; } | xargs shellcheck || failed=1
laws || failed=1
exit $failed
