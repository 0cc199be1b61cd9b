/* connect.c - makes a connection file: asks for the settings, checks them, writes it
 *
 * The file is written beside its place first, read back as any connection file is, and
 * moved into its place only when the health report has no failure.
 */
#include "command.h"
#include "connections.h"
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { SETTINGS_MAX = 64, ANSWER_MAX = 8192 };

/* What the file is to say of a setting; both NULL: nothing, its default does. */
struct line {
    char *key; /* the setting's own, or KEY_file and the like */
    char *value;
};

struct connecting {
    struct sh_host *host;
    const struct source_provider *provider;
    const char *name;
    char *path, *draft;
    struct line line[SETTINGS_MAX]; /* by index in the provider's table */
};

static const struct sp_setting *setting_at(const struct connecting *connecting, size_t i)
{
    const struct source_provider *provider = connecting->provider;

    return (const void *)((const char *)provider->settings + i * provider->setting_size);
}

static struct line *line_of(struct connecting *connecting, const char *key)
{
    const struct sp_setting *setting = sp_settings_find(connecting->provider, key);

    for (size_t i = 0; i < connecting->provider->n_settings && i < SETTINGS_MAX; i++)
        if (setting_at(connecting, i) == setting)
            return &connecting->line[i];
    return NULL;
}

static void forget(struct line *line)
{
    if (line->value)
        explicit_bzero(line->value, strlen(line->value));
    free(line->value);
    free(line->key);
    *line = (struct line){NULL, NULL};
}

static enum sh_exit set(struct connecting *connecting, const char *key, const char *value)
{
    struct line *line = line_of(connecting, key);

    if (!line) {
        sh_complain("%s has no setting %s; `source-host describe %s` lists them",
                    connecting->provider->name, key, connecting->provider->name);
        return SH_USAGE;
    }
    forget(line);
    line->key = strdup(key);
    line->value = strdup(value);
    if (line->key && line->value)
        return SH_DONE;
    forget(line);
    return SH_FAILED;
}

/* Everybody on the machine can read the arguments of a process. */
static bool tells_secret(const struct connecting *connecting, const char *key)
{
    const struct sp_setting *setting = sp_settings_find(connecting->provider, key);

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

static void ask(struct connecting *connecting, size_t i)
{
    const struct sp_setting *setting = setting_at(connecting, i);
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
    if (!isatty(STDIN_FILENO))
        return;
    for (size_t i = 0; i < connecting->provider->n_settings && i < SETTINGS_MAX; i++)
        if (!connecting->line[i].key && !sh_stopping())
            ask(connecting, i);
}

static int write_draft(const struct connecting *connecting)
{
    int descriptor;
    FILE *file;

    unlink(connecting->draft); /* of one that was killed; what stands there is not written to */
    descriptor = open(connecting->draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (!file)
        return -1;
    setvbuf(file, NULL, _IONBF, 0);
    fprintf(file, "[connection]\nprovider = %s\n\n[settings]\n", connecting->provider->name);
    for (size_t i = 0; i < connecting->provider->n_settings && i < SETTINGS_MAX; i++)
        if (connecting->line[i].key)
            fprintf(file, "%s = %s\n", connecting->line[i].key, connecting->line[i].value);
    if (fflush(file) || fsync(descriptor)) {
        fclose(file);
        return -1;
    }
    return fclose(file);
}

/* A value that the file's form cuts or takes apart must not pass unnoticed. */
static enum sh_exit compare(struct connecting *connecting,
                            const struct sp_connection_file *read)
{
    size_t n = 0;

    for (size_t i = 0; i < connecting->provider->n_settings && i < SETTINGS_MAX; i++)
        n += connecting->line[i].key != NULL;
    for (size_t i = 0; i < read->settings.n; i++) {
        const struct sp_entry *entry = &read->settings.entry[i];
        const struct line *line = line_of(connecting, entry->key);

        if (line && line->key && strcmp(line->key, entry->key) == 0 &&
            strcmp(line->value, entry->value) == 0)
            n--;
    }
    if (n == 0)
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

    if (sh_connection_open(connecting->host, connecting->name, connecting->draft, &connection,
                           &err))
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
    if (link(connecting->draft, connecting->path)) {
        sh_complain("%s: %s", connecting->path, strerror(errno));
        return errno == EEXIST ? SH_USAGE : SH_FAILED;
    }
    if (!connecting->host->options.json)
        sh_print("wrote %s", connecting->path);
    return SH_DONE;
}

static enum sh_exit connect_it(struct connecting *connecting,
                               const struct sh_arguments *arguments)
{
    enum sh_exit code = take_arguments(connecting, arguments);

    if (!code && arguments->password_stdin)
        code = take_password(connecting);
    if (code)
        return code;
    ask_for_the_rest(connecting);
    if (write_draft(connecting)) {
        sh_complain("%s: %s", connecting->draft, strerror(errno));
        code = SH_FAILED;
    }
    if (!code)
        code = try_draft(connecting);
    if (!code)
        code = keep(connecting);
    else
        sh_complain("nothing was written");
    unlink(connecting->draft);
    return code;
}

static enum sh_exit make_paths(struct connecting *connecting)
{
    const char *config = connecting->host->options.config;

    if (strchr(connecting->name, '/') || connecting->name[0] == '.') {
        sh_complain("%s is no name for a connection", connecting->name);
        return SH_USAGE;
    }
    if (asprintf(&connecting->path, "%s/connections.d/%s.conf", config, connecting->name) < 0 ||
        asprintf(&connecting->draft, "%s/connections.d/.%s.new", config, connecting->name) < 0)
        return SH_FAILED;
    if (access(connecting->path, F_OK) == 0) {
        sh_complain("%s is there already", connecting->path);
        return SH_USAGE;
    }
    return SH_DONE;
}

enum sh_exit sh_command_connect(struct sh_host *host, const struct sh_arguments *arguments)
{
    struct connecting connecting = {.host = host, .name = arguments->name[1]};
    struct sp_error err;
    enum sh_exit code;

    if (sh_host_need_modules(host, &err) || sh_host_need_config(host, &err))
        return sh_fail(&err);
    connecting.provider = sp_modules_find(host->modules, arguments->name[0]);
    if (!connecting.provider) {
        sh_complain("no provider %s in %s; `source-host providers` lists them",
                    arguments->name[0], host->options.providers);
        return SH_USAGE;
    }
    code = make_paths(&connecting);
    if (!code)
        code = connect_it(&connecting, arguments);
    for (size_t i = 0; i < SETTINGS_MAX; i++)
        forget(&connecting.line[i]);
    free(connecting.path);
    free(connecting.draft);
    return code;
}
