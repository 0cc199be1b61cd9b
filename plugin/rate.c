/* rate.c - see rate.h */
#include "rate.h"

enum {
    US_PER_S = 1000 * 1000,
    WORTH_ASKING = 20,              /* requests: a listing or a short sync has fewer */
    GOOD_FOR_MS = 24 * 3600 * 1000, /* what the server told of itself */
    BELIEVED_MS = 3600 * 1000,      /* so long a 429 is no reason to ask it again */
    ANSWERS_PER_STEP = 8,
    MOST = US_PER_S /* per second, or at once: more is as good as no limit */
};

void bb_rate_init(struct bb_rate *rate, int64_t per_second)
{
    *rate = (struct bb_rate){
        .pace_us = per_second > 0 ? (US_PER_S + per_second - 1) / per_second : 0,
        .part = BB_RATE_WHOLE,
    };
}

/* Of the server's bucket a tenth is left: it does not fill evenly, ours began at another
 * moment, and requests arrive closer together than they left.  Of what flows into it a
 * twentieth: over hours two clocks differ by more than the tenth.  Eased, there is less in the
 * same time. */
struct sp_rate bb_rate_in_force(const struct bb_rate *rate)
{
    int64_t room = rate->capacity - (rate->capacity + 9) / 10;
    int64_t refill_us =
        rate->fill_rate ? US_PER_S * INT64_C(20) / (19 * rate->fill_rate) + 1 : 0;

    return (struct sp_rate){
        .size = sizeof(struct sp_rate),
        .pace_us = rate->pace_us * BB_RATE_WHOLE / rate->part,
        .refill_us = refill_us * BB_RATE_WHOLE / rate->part,
        .room_us = refill_us * room,
        .requests = 1 + (int64_t)rate->uncharged,
        .capacity = rate->capacity,
        .fill_rate = rate->fill_rate,
        .told_ms = rate->told_ms,
    };
}

bool bb_rate_matters(const struct bb_rate *rate)
{
    return rate->pace_us || rate->fill_rate || !rate->told_ms;
}

unsigned bb_rate_at_once(const struct bb_rate *rate, unsigned limit)
{
    unsigned eased = limit * rate->part / BB_RATE_WHOLE;

    if (rate->pace_us || rate->fill_rate)
        return limit;
    return eased ? eased : 1;
}

void bb_rate_sent(struct bb_rate *rate, const struct sp_rate *charged)
{
    unsigned others = (unsigned)charged->requests - 1;

    if (!charged->refill_us)
        rate->uncharged++;
    else
        rate->uncharged -= others < rate->uncharged ? others : rate->uncharged;
    rate->since_told++;
    bb_rate_told(rate, charged->capacity, charged->fill_rate, charged->told_ms);
}

bool bb_rate_wonders(const struct bb_rate *rate, int64_t now_ms)
{
    bool is_new = rate->told_ms && rate->told_ms >= rate->doubted_ms &&
                  rate->told_ms <= now_ms && now_ms - rate->told_ms < GOOD_FOR_MS;

    return !is_new && rate->since_told >= WORTH_ASKING;
}

static int64_t within(int64_t number)
{
    return number < 0 ? 0 : number > MOST ? MOST : number;
}

void bb_rate_told(struct bb_rate *rate, int64_t capacity, int64_t fill_rate, int64_t told_ms)
{
    if (told_ms <= rate->told_ms)
        return;
    rate->capacity = within(capacity);
    rate->fill_rate = within(fill_rate);
    rate->told_ms = told_ms;
}

void bb_rate_ease(struct bb_rate *rate, int64_t began_ms, int64_t ended_ms, int64_t now_ms)
{
    if (rate->told_ms > now_ms || now_ms - rate->told_ms > BELIEVED_MS)
        rate->doubted_ms = now_ms;
    if (began_ms < rate->eased_ms)
        return;
    rate->eased_ms = ended_ms;
    rate->part = rate->part > 1 ? rate->part / 2 : 1;
    rate->accepted = 0;
    rate->uncharged += (unsigned)rate->capacity; /* the server's bucket is empty: so is ours */
}

void bb_rate_accepted(struct bb_rate *rate)
{
    if (rate->part == BB_RATE_WHOLE || ++rate->accepted < ANSWERS_PER_STEP)
        return;
    rate->accepted = 0;
    rate->part++;
}
