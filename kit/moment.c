/* moment.c - each callback, before all else: whose it is, and whether this is where the host
 * ends the call; and digests of what callbacks bring
 */
#include "call.h"

#include <string.h>

/* FNV-1a: whether two imports brought the same, nothing more. */
static uint64_t digest_bytes(uint64_t digest, const void *bytes, size_t n)
{
    const unsigned char *byte = bytes;

    for (size_t i = 0; i < n; i++)
        digest = (digest ^ byte[i]) * 1099511628211u;
    return digest;
}

uint64_t kit_digest_text(uint64_t digest, const char *text)
{
    return text ? digest_bytes(digest, text, strlen(text) + 1) : digest_bytes(digest, "\1", 1);
}

uint64_t kit_digest_number(uint64_t digest, int64_t number)
{
    return digest_bytes(digest, &number, sizeof number);
}

static bool is_there(struct kit_call *call, struct kit_moment moment, enum kit_place place)
{
    return moment.place != KIT_NOWHERE && moment.place == place &&
           call->count[place] == moment.n;
}

static void count(struct kit_call *call, enum kit_place place)
{
    if (place == KIT_NOWHERE)
        return;
    call->count[place]++;
    if (is_there(call, call->cancel, place) && !call->wanted_ms)
        call->wanted_ms = kit_now_ms();
    call->stopped |= is_there(call, call->stop, place);
}

void kit_call_check_thread(struct kit_call *call, const char *callback)
{
    if (!call->running)
        kit_fault(call->kit, "%s is called after the call has returned", callback);
    else if (!pthread_equal(pthread_self(), call->thread))
        kit_fault(call->kit, "%s is called by another thread than made the call", callback);
}

int kit_call_enter(struct kit_call *call, const char *callback, enum kit_place place)
{
    kit_call_check_thread(call, callback);
    if (call->stopped) {
        kit_fault(call->kit, "%s is called though the host had ended the call", callback);
        return KIT_STOP;
    }
    count(call, KIT_ANY);
    count(call, place);
    return call->stopped ? KIT_STOP : SP_OK;
}
