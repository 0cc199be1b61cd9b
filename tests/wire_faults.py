"""The faults of the matrix, by the names that its tables (wire_*.txt) have for them: what the fake server is told.

Each lasts until it is lifted, unless it says `count`. The kind `refused` is a Door's (matrix.py).
"""

import wire

NOBODY = {"X-AUSERNAME": None, "X-AUSERID": None}

# What only a time-out ends; where nothing stands still, none is to end what a busy machine takes its time for.
STANDING_S, MOVING_S = 15, 600


def envelope(name=None, message="No."):
    return {"errors": [{"context": None, "message": message, "exceptionName": name and f"com.atlassian.bitbucket.{name}"}]}


def answer(status, body=None, **settings):
    return {"kind": "answer", "status": status, "body": envelope() if body is None else body} | settings


def page(status, message="A page for people.", **settings):
    return {"kind": "html", "status": status, "message": message} | settings


def another(status):
    return {"kind": "wire", "way": "another status", "status": status}


def too_many(**headers):
    return answer(429, "", headers={name.replace("_", "-"): value for name, value in headers.items()})


PASSWORD = envelope("auth.IncorrectPasswordAuthenticationException", "Wrong name, password or token.")
CAPTCHA = envelope("auth.CaptchaRequiredAuthenticationException", "CAPTCHA required.")
DENIED = envelope("AuthorisationException", "You are not permitted.")

FAULTS = {way: {"kind": "wire", "way": way} for way in wire.WAYS} | {
    "refused": {"kind": "refused"},
    "closed before the answer": {"kind": "close"},
    "stalled before the head, once": {"kind": "stall", "count": 1},
    "stalled within the head, once": {"kind": "wire", "way": "stalled within the head", "count": 1},
    "stalled within the body, once": {"kind": "wire", "way": "stalled within the body", "count": 1},
    "stalled for good": {"kind": "stall"},
    "a byte a second, once": {"kind": "wire", "way": "a byte a second", "count": 1},
    "a length that is too large, once": {"kind": "wire", "way": "a length that is too large", "count": 1},
    "101 that nobody asked for, once": {"kind": "wire", "way": "101 that nobody asked for", "count": 1},
    "201": another("201 Created"),
    "203": another("203 Non-Authoritative Information"),
    "204": another("204 No Content"),
    "300": another("300 Multiple Choices"),
    "304": another("304 Not Modified"),
    "301 elsewhere": {"kind": "redirect", "status": 301, "location": "https://elsewhere.invalid/rest/api/1.0/x"},
    "302 to a login page": {"kind": "redirect", "status": 302, "location": "/login?next=/rest"},
    "302 to nowhere": another("302 Found"),
    "307 in a circle": {"kind": "redirect", "status": 307},
    "400": answer(400),
    "401, wrong password": answer(401, PASSWORD, headers=NOBODY),
    "401, CAPTCHA": answer(401, CAPTCHA, headers=NOBODY),
    "401, not permitted": answer(401, DENIED),
    "401, a page": page(401, headers=NOBODY),
    "403": answer(403),
    "403, basic authentication off": page(403, "Basic Authentication has been disabled on this instance."),
    "404": answer(404),
    "404, a page": page(404, headers=NOBODY),
    "405": answer(405),
    "407": page(407),
    "408": answer(408),
    "409": answer(409),
    "410": answer(410),
    "418": answer(418),
    "500": answer(500),
    "501": answer(501),
    "502, a page": page(502),
    "503": answer(503),
    "503, a page": page(503),
    "503, an hour": answer(503, headers={"Retry-After": "3600"}),
    "504, a page": page(504),
    "500, once": answer(500, count=1),
    "503 for a second, once": answer(503, headers={"Retry-After": "1"}, count=1),
    "429": too_many(),
    "429 for a second, once": too_many(Retry_After="1") | {"count": 1},
    "429 for 0 seconds": too_many(Retry_After="0"),
    "429 for less than no time": too_many(Retry_After="-5"),
    "429 for an hour": too_many(Retry_After="3600"),
    "429 for ages": too_many(Retry_After="99999999999"),
    "429 for ages beyond 64 bits": too_many(Retry_After="99999999999999999999999"),
    "429 for nonsense": too_many(Retry_After="soon"),
    "429 until a date, once": {"kind": "wire", "way": "429 until a date", "in_s": 2, "count": 1},
    "429 until a date far away": {"kind": "wire", "way": "429 until a date", "in_s": 7200},
    "429 until a date that is past": {"kind": "wire", "way": "429 until a date", "in_s": -7200},
    "a page, 200": page(200),
    "a login page, 200": page(200, "Log in: <form><input name='j_captcha'></form>", headers=NOBODY),
    "a login page, 200, once": page(200, "Log in", headers=NOBODY) | {"count": 1},
    "JSON that is called HTML": {"kind": "headers", "content_type": "text/html"},
    "nothing, as JSON": answer(200, ""),
    "null": answer(200, "null"),
    "a number": answer(200, "7"),
    "an array": answer(200, "[]"),
    "an object without members": answer(200, "{}"),
    "half a JSON text": answer(200, '{"values": [{"id": 1, "tit'),
    "two JSON texts": answer(200, '{"values": [], "isLastPage": true} {}'),
    "brackets that do not match": answer(200, '{"values": [{"id": 1]}'),
    "a NUL byte": answer(200, '{"values": [], "is\0LastPage": true}'),
    "nobody named": {"kind": "headers", "headers": NOBODY},
    "somebody else named": {"kind": "headers", "headers": {"X-AUSERNAME": "mallory"}},
    "10,000 levels deep": answer(200, '{"values": [' + "[" * 10000 + "]" * 10000 + '], "isLastPage": true}'),
    "300 MB": {"kind": "wire", "way": "a large body", "before": '{"values":[{"id":1,"slug":"', "filling": "x" * 1000,
               "times": 300_000, "after": '"}],"isLastPage":true}'},
}

STANDING = {name for name, fault in FAULTS.items()
            if "stalled" in name or fault.get("way") in ("a byte a second", "a length that is too large", "101 that nobody asked for")}


def request_timeout(name):
    return STANDING_S if name in STANDING else MOVING_S
