# What makes a fault in the program harder to use, for all that is built, and what finds faults: sanitizers, and the
# counters that show what no test runs.

# SP_TRY(FLAGS, PROGRAM, [IF-KNOWN]): adds flags of the compiler, where it compiles and links the program with them
AC_DEFUN([SP_TRY], [
  sp_cflags=$CFLAGS
  CFLAGS="$CFLAGS -Werror $1"
  AC_MSG_CHECKING([whether $CC takes $1])
  AC_LINK_IFELSE([$2], [sp_known=yes], [sp_known=no])
  AC_MSG_RESULT([$sp_known])
  CFLAGS=$sp_cflags
  AS_IF([test $sp_known = yes], [HARDENING_CFLAGS="$HARDENING_CFLAGS $1"
    $3])
])

# glibc says which level it really checks; none without optimization
AC_DEFUN([SP_TRY_FORTIFY], [
  SP_TRY([-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$1], [AC_LANG_SOURCE([[
    #include <string.h>
    #if __USE_FORTIFY_LEVEL < $1
    #error "not here"
    #endif
    int main(void) { return 0; }
  ]])], [$2])
])

# tests/test-hardening.py looks at what was built
AC_DEFUN([SP_HARDENING], [
  m4_foreach_w([sp_flag], [-fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE],
    [SP_TRY(sp_flag, [AC_LANG_PROGRAM()])])
  # Sanitizers see more than the functions that check, which would hide calls from them.
  AS_CASE([$CFLAGS], [*-fsanitize*], [],
    [SP_TRY_FORTIFY([3], [sp_fortified=yes])
     AS_IF([test "x$sp_fortified" = x], [SP_TRY_FORTIFY([2])])])
  AC_SUBST([HARDENING_CFLAGS])
  AC_SUBST([HARDENING_LDFLAGS], ["-Wl,-z,relro -Wl,-z,now"])
])

# --enable-sanitizers=address brings UBSan and LeakSanitizer too; what UBSan finds ends the program as well
AC_DEFUN([SP_SANITIZERS], [
  AC_ARG_ENABLE([sanitizers],
    [AS_HELP_STRING([--enable-sanitizers=address|thread], [find faults while it runs (for developers)])])
  AS_CASE([$enable_sanitizers],
    [address], [sp_sanitizers="-fsanitize=address,undefined -fno-sanitize-recover=undefined"],
    [thread], [sp_sanitizers=-fsanitize=thread],
    [no|''], [enable_sanitizers= sp_sanitizers=],
    [AC_MSG_ERROR([--enable-sanitizers takes address or thread])])
  AS_IF([test -n "$sp_sanitizers"],
    [CFLAGS="$CFLAGS $sp_sanitizers -fno-omit-frame-pointer"
     LDFLAGS="$LDFLAGS $sp_sanitizers"])
  AC_SUBST([SANITIZERS], [$enable_sanitizers])
])

# Without optimization each condition of the source is a branch of the program. Threads count together (atomic).
AC_DEFUN([SP_COVERAGE], [
  AC_ARG_ENABLE([coverage], [AS_HELP_STRING([--enable-coverage], [count what runs, for gcov (for developers)])])
  AS_IF([test "x$enable_coverage" = xyes],
    [CFLAGS="$CFLAGS -O0 --coverage -fprofile-update=atomic"
     LDFLAGS="$LDFLAGS --coverage"])
])
