/* connect.c - makes a connection file: asks for the settings, checks them, writes it
 *
 * The file is written beside its place first, read back as any connection file is, and
 * moved into its place only when the health report has no failure.
 */
#include "command.h"
#include "connection_form.h"
#include "output.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { ANSWER_MAX = 8192 };

struct connecting {
    struct sh_host *host;
    const char *name;
    struct sh_form form;
};

static enum sh_exit set(struct connecting *connecting, const char *key, const char *value)
{
    struct sp_error err;

    return sh_form_set(&connecting->form, key, value, &err) ? sh_fail(&err) : SH_DONE;
}

/* Everybody on the machine can read the arguments of a process. */
static bool tells_secret(const struct connecting *connecting, const char *key)
{
    const struct sp_setting *setting = sp_settings_find(connecting->form.provider, key);

    if (!setting || !(setting->flags & SP_SETTING_SECRET) || strcmp(setting->key, key) != 0)
        return false;
    sh_complain("--set %s: a secret in an argument is shown by the process list; use "
                "%s--set with %s_file, %s_env or %s_credential",
                key, strcmp(key, "password") == 0 ? "--password-stdin, or " : "", key, key,
                key);
    return true;
}

static enum sh_exit take_arguments(struct connecting *connecting,
                                   const struct sh_arguments *arguments)
{
    for (size_t i = 0; i < arguments->n_set; i++) {
        const char *equals = strchr(arguments->set[i], '=');
        char key[64];
        enum sh_exit code;

        if (!equals || (size_t)(equals - arguments->set[i]) >= sizeof key) {
            sh_complain("--set takes KEY=VALUE");
            return SH_USAGE;
        }
        snprintf(key, sizeof key, "%.*s", (int)(equals - arguments->set[i]), arguments->set[i]);
        code = tells_secret(connecting, key) ? SH_USAGE : set(connecting, key, equals + 1);
        if (code)
            return code;
    }
    return SH_DONE;
}

/* One line of standard input after a prompt, without its end; NULL at the end of it. */
static char *read_answer(const char *prompt, char *answer, size_t size, bool hidden)
{
    struct termios shown, silent;
    bool is_silent = hidden && tcgetattr(STDIN_FILENO, &shown) == 0;
    char *got;

    setvbuf(stdin, NULL, _IONBF, 0); /* no copy of a secret in a buffer of stdio */
    if (is_silent) {
        silent = shown;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSANOW, &silent); /* what was typed ahead stays */
    }
    fputs(prompt, stderr); /* when the echo is off already */
    got = fgets(answer, (int)size, stdin);
    if (is_silent) {
        tcsetattr(STDIN_FILENO, TCSANOW, &shown);
        fputc('\n', stderr);
    }
    if (got)
        answer[strcspn(answer, "\r\n")] = '\0';
    return got;
}

static enum sh_exit take_password(struct connecting *connecting)
{
    char answer[ANSWER_MAX];
    enum sh_exit code = SH_USAGE;

    if (read_answer("", answer, sizeof answer, false))
        code = set(connecting, "password", answer);
    else
        sh_complain("--password-stdin: standard input is empty");
    explicit_bzero(answer, sizeof answer);
    return code;
}

static void ask(struct connecting *connecting, const struct sp_setting *setting)
{
    char prompt[1024], answer[ANSWER_MAX];

    snprintf(prompt, sizeof prompt, "%s: %s\n%s%s%s%s: ", setting->label, setting->help,
             setting->key, setting->fallback ? " [" : "",
             setting->fallback ? setting->fallback : "", setting->fallback ? "]" : "");
    if (read_answer(prompt, answer, sizeof answer, setting->flags & SP_SETTING_SECRET) &&
        *answer)
        set(connecting, setting->key, answer);
    explicit_bzero(answer, sizeof answer);
}

/* What was not given is asked for, when there is somebody to ask. */
static void ask_for_the_rest(struct connecting *connecting)
{
    const struct sp_setting *setting;

    if (!isatty(STDIN_FILENO))
        return;
    for (size_t i = 0; (setting = sh_form_setting(&connecting->form, i)); i++)
        if (!connecting->form.line[i].key && !sh_stopping())
            ask(connecting, setting);
}

static enum sh_exit compare(const struct connecting *connecting,
                            const struct sp_connection_file *read)
{
    if (sh_form_is_whole(&connecting->form, read))
        return SH_DONE;
    sh_complain(
        "a value begins or ends with a blank, holds ' ;' or a line feed, and cannot stand "
        "in a connection file; a secret can stand in a file of its own (KEY_file)");
    return SH_USAGE;
}

static enum sh_exit try_draft(struct connecting *connecting)
{
    struct sh_connection connection = {0};
    enum sh_exit code = SH_USAGE;
    struct sp_error err;

    if (sh_connection_open(connecting->host, connecting->name, connecting->form.draft,
                           &connection, &err))
        code = sh_fail(&err);
    else if (connection.file)
        code = compare(connecting, connection.file);
    if (connection.live)
        connection.account->is_typed = true;
    if (!code)
        code = connection.live ? sh_check(connecting->host, &connection) : SH_USAGE;
    sh_connection_clear(&connection);
    return code;
}

static enum sh_exit keep(const struct connecting *connecting)
{
    struct sp_error err;

    if (sh_form_keep(&connecting->form, true, &err))
        return sh_fail(&err);
    if (!connecting->host->options.json)
        sh_print("wrote %s", connecting->form.path);
    return SH_DONE;
}

static enum sh_exit connect_it(struct connecting *connecting,
                               const struct sh_arguments *arguments)
{
    enum sh_exit code = take_arguments(connecting, arguments);
    struct sp_error err;

    if (!code && arguments->password_stdin)
        code = take_password(connecting);
    if (code)
        return code;
    ask_for_the_rest(connecting);
    if (sh_form_write(&connecting->form, NULL, &err))
        code = sh_fail(&err);
    if (!code)
        code = try_draft(connecting);
    if (!code)
        code = keep(connecting);
    else
        sh_complain("nothing was written");
    return code;
}

static enum sh_exit check_name(const struct connecting *connecting)
{
    if (strchr(connecting->name, '/') || connecting->name[0] == '.') {
        sh_complain("%s is no name for a connection", connecting->name);
        return SH_USAGE;
    }
    if (access(connecting->form.path, F_OK) == 0) {
        sh_complain("%s is there already", connecting->form.path);
        return SH_USAGE;
    }
    return SH_DONE;
}

enum sh_exit sh_command_connect(struct sh_host *host, const struct sh_arguments *arguments)
{
    struct connecting connecting = {.host = host, .name = arguments->name[1]};
    const struct source_provider *provider;
    struct sp_error err;
    enum sh_exit code;

    if (sh_host_need_modules(host, &err) || sh_host_need_config(host, &err))
        return sh_fail(&err);
    provider = sp_modules_find(host->modules, arguments->name[0]);
    if (!provider) {
        sh_complain("no provider %s in %s; `source-host providers` lists them",
                    arguments->name[0], host->options.providers);
        return SH_USAGE;
    }
    if (sh_form_init(&connecting.form, host, provider, connecting.name, &err))
        code = sh_fail(&err);
    else
        code = check_name(&connecting);
    if (!code)
        code = connect_it(&connecting, arguments);
    sh_form_clear(&connecting.form);
    return code;
}
