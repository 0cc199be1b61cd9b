# What the project needs, collected so that one message names all that is missing.

m4_define([SP_MISSING], [sp_missing="$sp_missing $1"])

# To be called first: without pkg-config nothing else would be found.
AC_DEFUN([SP_NEED_PKG_CONFIG], [
  AC_REQUIRE([PKG_PROG_PKG_CONFIG])
  AS_IF([test -z "$PKG_CONFIG"], [SP_MISSING([pkg-config])])
])

# SP_NEED_MODULE(PREFIX, MODULE [>= VERSION], DEBIAN-PACKAGE)
AC_DEFUN([SP_NEED_MODULE], [
  PKG_CHECK_MODULES([$1], [$2], [], [SP_MISSING([$3])])
])

# SP_NEED_LIBRARY(PREFIX, HEADER, LIBRARY, FUNCTION, DEBIAN-PACKAGE): one without pkg-config
AC_DEFUN([SP_NEED_LIBRARY], [
  AC_CHECK_HEADER([$2], [AC_CHECK_LIB([$3], [$4], [AC_SUBST([$1_LIBS], [-l$3])],
    [SP_MISSING([$5])])], [SP_MISSING([$5])])
])

# git from 2.31 on, the first that takes its configuration from GIT_CONFIG_COUNT
AC_DEFUN([SP_NEED_GIT], [
  AC_PATH_PROG([GIT], [git])
  AC_MSG_CHECKING([for git 2.31])
  AS_IF([test -n "$GIT" && GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=sp.try GIT_CONFIG_VALUE_0=yes \
         "$GIT" config --get sp.try >/dev/null 2>&1],
    [AC_MSG_RESULT([yes])], [AC_MSG_RESULT([no]); SP_MISSING([git])])
])

AC_DEFUN([SP_REPORT_MISSING], [
  AS_IF([test -n "$sp_missing"],
    [AC_MSG_ERROR([missing, by their Debian names:$sp_missing
  apt-get install$sp_missing])])
])

# What makes the man pages; a build does without them.
AC_DEFUN([SP_MANUAL], [
  AC_PATH_PROG([POD2MAN], [pod2man])
  AM_CONDITIONAL([HAVE_POD2MAN], [test -n "$POD2MAN"])
  AS_IF([test -z "$POD2MAN"],
    [AC_MSG_WARN([no pod2man (in Debian: perl): the manual is left out])])
])

# Threads, without an option where libc has them.
AC_DEFUN([SP_THREADS], [
  AC_SEARCH_LIBS([pthread_create], [pthread])
])

# Warnings that both gcc and clang know.
AC_DEFUN([SP_WARNINGS], [
  WARN_CFLAGS="-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
-Wpointer-arith -Wwrite-strings -Wformat=2 -Wundef -Wvla"
])
