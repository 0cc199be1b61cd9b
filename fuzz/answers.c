/* answers.c - the error that an answer means, and that libcurl's words mean */
#include "answer.h"

#include "identity.h"
#include "plugin.h"
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char url[] = FUZZ_BASE "/rest/api/1.0/projects?start=0";

static void check_answer(struct sp_instance *instance, struct bb_answer *answer)
{
    struct sp_error err = fuzz_no_error();
    int rc;

    bb_answer_hide(answer, instance);
    rc = bb_answer_error(instance, answer, url, &err);
    bb_secret_hide(&instance->secret, err.message, strlen(err.message));
    fuzz_check_error(&err, rc, FUZZ_SECRET);
    HOLDS(err.http_status == answer->status);
    HOLDS(rc != SP_ERR_LOGIN || *err.setting);
    rc = bb_identity_judge(instance, answer, false, rc, &err);
    HOLDS(rc < 0 && err.code == rc);
}

static void check_transfer(const struct sp_instance *instance, CURLcode code, const char *words)
{
    struct sp_error err = fuzz_no_error();
    char detail[CURL_ERROR_SIZE];
    int rc;

    snprintf(detail, sizeof detail, "%.*s", (int)strcspn(words, "\n"), words);
    if (!fuzz_is_utf8(detail))
        return; /* it is libcurl that writes them */
    rc = bb_transfer_error(instance, code, url, detail, &err);
    bb_secret_hide(&instance->secret, err.message, strlen(err.message));
    fuzz_check_error(&err, rc, FUZZ_SECRET);
}

/* Parts: status and type of content, X-AUSERNAME, why the login was denied, body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct sp_instance *instance = fuzz_instance();
    char *status = fuzz_text(&input), *user = fuzz_text(&input), *denied = fuzz_text(&input),
         *body = fuzz_text(&input);
    struct bb_answer answer;

    bb_answer_init(&answer);
    answer.status = strtol(status, NULL, 10) % 1000;
    if (answer.status < 100)
        answer.status = 400;
    answer.is_json = strstr(status, "json");
    answer.is_anonymous = strstr(status, "anonymous");
    answer.user = *user ? strdup(user) : NULL;
    snprintf(answer.denied_reason, sizeof answer.denied_reason, "%s", denied);
    bb_buffer_add(&answer.other_body, body, strnlen(body, answer.other_body.maximum));
    check_answer(instance, &answer);
    check_transfer(instance, (CURLcode)(1 + answer.status % (CURL_LAST - 1)), body);
    bb_answer_clear(&answer);
    bb_close(instance);
    free(status);
    free(user);
    free(denied);
    free(body);
    return 0;
}
