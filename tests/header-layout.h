/* header-layout.h - what must be true of every public struct, for C and C++
 *
 * A struct may grow at its end.  Were there padding, a small new member would lie in it, and
 * SP_HAS would find it in structs of old modules: as garbage.
 */
#ifndef HEADER_LAYOUT_H
#define HEADER_LAYOUT_H

/* A type whose size is negative where a condition is false: older than static_assert. */
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a name */
#define HOLDS(name, condition) typedef char name[(condition) ? 1 : -1]

#define ENDS_WITH(type, member)                                                                \
    HOLDS(type##_has_no_tail_padding,                                                          \
          offsetof(struct type, member) + sizeof(((struct type *)0)->member) ==                \
              sizeof(struct type))
#define GROWS(type, last)                                                                      \
    HOLDS(type##_begins_with_size, offsetof(struct type, size) == 0 &&                         \
                                       sizeof(((struct type *)0)->size) == sizeof(size_t));    \
    ENDS_WITH(type, last)

GROWS(sp_error, remedy);
GROWS(sp_span, flags);
GROWS(sp_rate, told_ms);
GROWS(sp_host, rate_enter);
GROWS(sp_person, flags);
GROWS(sp_organization, flags);
GROWS(sp_repository, flags);
GROWS(sp_git_remote, hide);
GROWS(sp_reviewer, state);
GROWS(sp_pull_request, flags);
GROWS(sp_commit, n_parents);
GROWS(sp_activity, flags);
GROWS(sp_check, cause);
GROWS(sp_progress, total);
GROWS(sp_sink, held_repositories);
GROWS(sp_import, flags);
GROWS(source_provider, account);
ENDS_WITH(sp_setting, flags);
ENDS_WITH(sp_pair, value);
ENDS_WITH(sp_fact, number);
ENDS_WITH(sp_rate_state, full_us);

#endif
