/* console.c - what the console gets in a body, up to the connection file that is made of it
 *
 * There is no connection behind the request: libmicrohttpd takes no answer then, and its status
 * is looked at.  sp_modules_find is put in the place of the real one by the linker (--wrap).
 */
#define _GNU_SOURCE 1 /* asprintf */
#include "web/request.h"

#include "target.h"
#include "web/api.h"
#include "web/body.h"
#include "web/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct source_provider *source_provider_entry(uint32_t host_abi);
const struct source_provider *__wrap_sp_modules_find(const struct sp_modules *, const char *);

const struct source_provider *__wrap_sp_modules_find(const struct sp_modules *modules,
                                                     const char *name)
{
    const struct source_provider *provider = source_provider_entry(SP_ABI_VERSION);

    (void)modules;
    return strcmp(provider->name, name) == 0 ? provider : NULL;
}

/* ---- A directory of connection files ---------------------------------------- */

static char config[] = "/tmp/fuzz-console-XXXXXX";

static char *path_of(const char *file)
{
    char *path = NULL;

    HOLDS(asprintf(&path, "%s/connections.d%s%s", config, *file ? "/" : "", file) > 0);
    return path;
}

static void remove_config(void)
{
    char *folder = path_of("");

    rmdir(folder);
    rmdir(config);
    free(folder);
}

static void make_config(void)
{
    static bool is_there;
    char *folder;

    if (is_there)
        return;
    HOLDS(mkdtemp(config));
    folder = path_of("");
    HOLDS(mkdir(folder, 0700) == 0);
    free(folder);
    atexit(remove_config);
    is_there = true;
}

/* Every setting that was sent stands in the file as it was sent. */
static void check_written(struct json_object *body)
{
    struct json_object *name, *settings = NULL;
    struct sp_connection_file *file = NULL;
    char *path, *base;

    HOLDS(json_object_object_get_ex(body, "connection", &name));
    HOLDS(asprintf(&base, "%s.conf", json_object_get_string(name)) > 0);
    HOLDS(!strchr(base, '/'));
    path = path_of(base);
    HOLDS(!sp_connection_file_read(path, &file, NULL, NULL));
    json_object_object_get_ex(body, "settings", &settings);
    json_object_object_foreach(settings, key, value)
    {
        bool is_found = value == NULL; /* that is to be taken out */

        for (size_t i = 0; i < file->settings.n && !is_found; i++)
            is_found =
                strcmp(file->settings.entry[i].key, key) == 0 &&
                strcmp(file->settings.entry[i].value, json_object_get_string(value)) == 0;
        HOLDS(is_found);
    }
    sp_connection_file_free(file);
    unlink(path);
    free(path);
    free(base);
}

/* ---- A request -------------------------------------------------------------- */

static void act(struct sh_request *request)
{
    bool is_new = request->route->answer == sh_api_connect;

    if (!is_new && request->route->answer != sh_api_validate)
        return; /* the others need a store, or a server */
    request->status = 0;
    request->route->answer(request);
    HOLDS(request->status == 200 || request->status == 201 ||
          (request->status >= 400 && request->status < 500));
    if (is_new && request->status == 201)
        check_written(request->body);
}

/* False: it was more than may come. */
static bool take(struct sh_request *request, const char *body, size_t length, size_t most)
{
    bool is_taken = true;

    for (size_t at = 0; is_taken && at < length; at += most)
        is_taken = sh_body_take(request, body + at, most < length - at ? most : length - at);
    return is_taken;
}

/* Gives the status, and what was read as text; 0: it went as far as it goes here. */
static char *answer(const char *method, const char *path, const char *body, size_t length,
                    size_t most)
{
    static struct sh_web web;
    struct sh_request request = {.web = &web, .method = method, .result = MHD_YES};
    char *text = NULL;

    make_config();
    web.host.options.config = config;
    web.host.modules = (struct sp_modules *)&web; /* see sp_modules_find above */
    request.route = sh_route_find(&request, path);
    HOLDS(request.route ? !request.status : request.status == 404 || request.status == 405);
    if (request.route && request.route->members) {
        HOLDS(take(&request, body, length, most) == (length <= SH_BODY_MAX));
        if (length <= SH_BODY_MAX && sh_body_read(&request, request.route->members))
            act(&request);
        else
            HOLDS(length > SH_BODY_MAX || request.status == 400);
    }
    HOLDS(asprintf(&text, "%u %s", request.status, json_object_to_json_string(request.body)) >
          0);
    sh_body_free(&request);
    free(request.path);
    return text;
}

/* Parts: method and path, body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    char *method = fuzz_text(&input), *path = strchr(method, ' '), *body, *whole, *pieces;
    size_t length = 0;

    if (path)
        *path++ = '\0';
    body = fuzz_part(&input, &length);
    whole = answer(method, path ? path : "/", body, length, length + 1);
    pieces = answer(method, path ? path : "/", body, length, 3);
    HOLDS(strcmp(whole, pieces) == 0);
    HOLDS(fuzz_is_utf8(whole));
    free(whole);
    free(pieces);
    free(body);
    free(method);
    return 0;
}
