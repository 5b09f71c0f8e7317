"""What a backend must refuse: wrong fields, wrong signatures, wrong paths; each by its name, with nothing written."""

import datetime

import jwt
from http_message_signatures import algorithms

from backend import BODY_BYTES_MAX
from till import COVERED, new_key, new_order_no, now, seconds_to


def read_strictly(shop):
    till = shop.till

    def wrong(name, field, put=None, jws=None, **changed):
        order = till.order(shop.bundle, **changed)
        body = {"order": jws or till.signed(order)} if put is None else put(till.signed(order))
        answer = till.call("PUT", f"/v1/orders/{order['order_no']}", body)
        written = till.get(order)
        shop.check(f"{name}: {field} is named, nothing is written", answer.is_problem(400, "bad_request", field)
                   and written.is_problem(404, "not_found"), (answer, written))

    def without(order, name):
        return till.signed({key: value for key, value in order.items() if key != name})

    shop.check("a good order is taken", till.put(till.order(shop.bundle)).status == 201)
    for name, field, changed in (
        ("an unknown field", "tip", {"tip": 1}),
        ("an unknown field of a line", "lines[0].tip", {"lines": [{"no": 1, "amount": 1280, "tip": 1}]}),
        ("an amount in text", "amount", {"amount": "12.80"}),
        ("an amount with a fraction", "amount", {"amount": 12.8}),
        ("an amount of 0", "amount", {"amount": 0}),
        ("a negative amount", "amount", {"amount": -1}),
        ("an amount above the largest", "amount", {"amount": 1_000_000_001}),
        ("an amount beyond 64 bits", "amount", {"amount": 1 << 64}),
        ("a sum that is not the lines'", "lines", {"lines": [{"no": 1, "amount": 1000}, {"no": 2, "amount": 281}]}),
        ("no lines", "lines", {"lines": []}),
        ("101 lines", "lines", {"amount": 101, "lines": [{"no": no, "amount": 1} for no in range(1, 102)]}),
        ("lines out of order", "lines[0].no", {"lines": [{"no": 2, "amount": 1280}]}),
        ("a line of 0", "lines[1].amount", {"lines": [{"no": 1, "amount": 1280}, {"no": 2, "amount": 0}]}),
        ("a long reference", "lines[0].reference", {"lines": [{"no": 1, "amount": 1280, "reference": "x" * 65}]}),
        ("another currency", "currency", {"currency": "USD"}),
        ("a description of 128 bytes", "description", {"description": "x" * 128}),
        ("a description with a line break", "description", {"description": "a\nb"}),
        ("a description with an emoji", "description", {"description": "\U0001f375"}),
        ("an empty description", "description", {"description": ""}),
        ("a null where text is needed", "description", {"description": None}),
        ("a note of 501 bytes", "note", {"note": "x" * 501}),
        ("an unknown method", "method", {"method": "cash"}),
        ("an unknown origin", "origin", {"origin": "page"}),
        ("a life of 59 s", "life_s", {"life_s": 59}),
        ("a life of 6601 s", "life_s", {"life_s": 6601}),
        ("a time that is none", "made_at", {"made_at": "yesterday"}),
        ("a staff id in capitals", "staff", {"staff": "LI"}),
        ("another merchant", "merchant", {"merchant": "shop-2"}),
        ("a store that is not there", "store", {"store": "north"}),
        ("another device", "device", {"device": "d-0"}),
    ):
        wrong(name, field, **changed)
    order = till.order(shop.bundle)
    wrong("a missing field", "amount", jws=without(order, "amount"))
    wrong("another number than the path's", "order_no", jws=till.signed(order))
    wrong("an order signed by another key", "order", jws=till.signed(order, key=new_key()))
    wrong("an order signed as a statement", "order", jws=till.signed(order, typ="saoma-statement"))
    header = {"kid": till.id, "typ": "saoma-order"}
    wrong("an order with alg none", "order", jws=jwt.encode(order, None, algorithm="none", headers=header))
    wrong("an order by a device that is not there", "order", jws=till.signed(order, kid="d-0"))
    wrong("an order that is no JWS", "order", put=lambda jws: {"order": "a.b"})
    wrong("an order of a wrong type", "order", put=lambda jws: {"order": 1})
    wrong("an unknown field beside the order", "extra", put=lambda jws: {"order": jws, "extra": 1})
    wrong("a field that is there twice", "order", put=lambda jws: f'{{"order":"{jws}","order":"{jws}"}}'.encode())
    wrong("a body without an order", "order", put=lambda jws: {})
    wrong("a statement that is none", "statements[0]", put=lambda jws: {"order": jws, "statements": ["a.b.c"]})
    wrong("too many statements", "statements", put=lambda jws: {"order": jws, "statements": ["a.b.c"] * 21})
    wrong("broken JSON", "body", put=lambda jws: f'{{"order":"{jws}"'.encode())
    wrong("JSON with something after it", "body", put=lambda jws: f'{{"order":"{jws}"}} x'.encode())
    wrong("a list for a body", "body", put=lambda jws: [jws])
    wrong("a body that is no UTF-8", "body", put=lambda jws: b'{"order":"\xff"}')
    wrong("an empty body", "content-type", put=lambda jws: None)

    path, body = f"/v1/orders/{order['order_no']}", {"order": till.signed(order)}
    for content_type in ("text/plain", None):
        answer = till.call("PUT", path, body, content_type=content_type)
        shop.refused(f"the content type {content_type}", answer, 400, "bad_request", "content-type")
    answer = till.call("PUT", path, body, content_type="application/json; charset=utf-8")
    shop.check("a content type may name its charset", answer.status == 201, answer)
    answer = till.call("PUT", path, b" " * BODY_BYTES_MAX)
    shop.refused("a blank body at the limit", answer, 400, "bad_request", "body")
    answer = till.call("PUT", path, b" " * (BODY_BYTES_MAX + 1))
    shop.refused("a body above the limit", answer, 413, "body_too_large")
    # Its rest is not read, so nothing more can be said on this connection; a client that is not told loses what it sends.
    shop.check("a body above the limit: told that the connection ends", answer.headers.get("connection") == "close", answer)
    for number in ("1", new_order_no().lower(), "8" + "0" * 25, new_order_no() + "0", "%FF"):
        answer = till.call("GET", f"/v1/orders/{number}")
        shop.refused(f"the number {number[:4]}…", answer, 400, "bad_request", "order_no")
    till.put(order)
    for method, path, body in (
        ("GET", "/v1/keys", None), ("GET", "/v1/bundle", None), ("GET", "/v1/changes", None),
        ("GET", "/v1/stream", None), ("GET", "/v1/days/2026-08-01", None), ("GET", path, None), ("PUT", path, body),
        ("POST", path + "/check", {}), ("POST", path + "/refresh", {"attempt": 1}),
        ("POST", path + "/close", {"attempt": 1}),
        ("POST", "/v1/pairing-codes", {"store": "main", "role": "cashier", "life_s": 600}),
    ):
        answer = till.call(method, path + "?colour=red", body)
        name = f"an unknown parameter of {method} {path.replace(order['order_no'], '…')}"
        shop.refused(name, answer, 400, "bad_request", "colour")
    answer = till.call("GET", "/v1/changes?limit=1&limit=2")
    shop.refused("a parameter that is there twice", answer, 400, "bad_request", "limit")


def filled(template):
    return template.replace("{order_no}", new_order_no()).replace("{date}", "2026-08-01")


def signed_requests(shop):
    till = shop.till
    order = till.order(shop.bundle)
    till.put(order)
    check = f"/v1/orders/{order['order_no']}/check"

    def refused(name, request, code="signature_invalid"):
        shop.refused(name, till.send(request), 401, code)

    def request(method="GET", path="/v1/changes?limit=1", body=None, **signing):
        return till.sign(till.unsigned(method, path, body), **signing)

    def changed(request, **changed):
        for name, value in changed.items():
            setattr(request, name, value)
        return request

    def with_header(request, name, value):
        request.headers[name] = value
        return request

    shop.check("a signed request is taken", till.send(request()).status == 200)
    refused("a request without a signature", till.unsigned("GET", "/v1/changes"))
    refused("a signature by another key", request(key=new_key()))
    refused("an unknown device", request(keyid="d-0"), "device_unknown")
    refused("a keyid that is no device's", request(keyid="D 0"), "device_unknown")
    refused("another path than was signed", changed(request(), url=till.base_url + "/v1/keys"))
    refused("another query than was signed", changed(request(), url=till.base_url + "/v1/changes?limit=2"))
    refused("another method than was signed", changed(request("POST", "/v1/keys"), method="GET"))
    refused("another body than was signed", changed(request("POST", check, {}), body=b"{ "))
    other = changed(request("POST", check, b"{}"), body=b"{}\n")
    its_digest = request("POST", check, b"{}\n").headers["Content-Digest"]
    refused("another body and its digest", with_header(other, "Content-Digest", its_digest))
    stripped = request("POST", check, b"{}")
    del stripped.headers["Content-Digest"]
    refused("a body whose digest is gone", stripped)
    for missing in COVERED:
        covered = [name for name in COVERED if name != missing]
        refused(f"a signature that leaves out {missing}", request(covered=covered))
    with_body = till.unsigned("POST", check, b"{}")
    bare = till.sign(till.unsigned("POST", check))
    bare.headers["Content-Type"], bare.headers["Content-Length"] = "application/json", with_body.headers["Content-Length"]
    refused("a body that is not signed", changed(bare, body=b"{}"))
    refused("another tag", request(tag="other"))
    refused("another label", request(label="other"))
    refused("no tag", request(tag=None))
    refused("a covered header that is not understood", request("POST", check, {}, covered=(*COVERED, "content-type")))

    class AnotherName(algorithms.ECDSA_P256_SHA256):
        algorithm_id = "ecdsa-p384-sha384"

    refused("another algorithm", request(algorithm=AnotherName))
    refused("a signature header that is none", with_header(request(), "Signature", "saoma=x y"))
    refused("a signature that is too short", with_header(request(), "Signature", "saoma=:AAAA:"))

    for name, minutes in (("old", -6), ("early", 6)):
        answer = till.send(request(created=now() + datetime.timedelta(minutes=minutes)))
        shop.refused(f"an {name} signature", answer, 401, "clock_skew")
        is_told = answer.json["retryable"] and abs(seconds_to(answer.json["server_time"])) < 5
        shop.check(f"an {name} signature: told the server's time, to try again", is_told, answer)
    old_and_wrong = request(created=now() - datetime.timedelta(minutes=6), key=new_key())
    refused("an old signature by another key is not told the time", old_and_wrong)
    for name, minutes in (("old", -4), ("early", 4)):
        answer = till.send(request(created=now() + datetime.timedelta(minutes=minutes)))
        shop.check(f"a clock may be four minutes {name}", answer.status == 200, answer)

    behind_proxy = till.send(with_header(request(), "Host", "pay.example.cn"))
    shop.check("a proxy may change the host", behind_proxy.status == 200, behind_proxy)
    answer = till.send(till.sign(request(label="proxy", tag="proxy", key=new_key(), keyid="proxy"), append=True))
    shop.check("a second signature does no harm", answer.status == 200, answer)
    escaped = till.send(request(path=f"/v1/orders/%30{order['order_no'][1:]}"))
    shop.answered("the path is signed as it is sent", escaped, 200, order_no=order["order_no"])


def routes(shop):
    till = shop.till
    for method, template in shop.contract.operations():
        answer = till.send(till.unsigned(method, filled(template), {} if method != "GET" else None))
        shop.check(f"{method} {template} is there", answer.status != 404, answer)
        if shop.contract.is_signed(method, template) and template != "/v1/pairings":
            shop.refused(f"{method} {template} unsigned", answer, 401, "signature_invalid")
    for method, path in (
        ("GET", "/"), ("GET", "/v1"), ("GET", "/v1/"), ("GET", "/v1/nothing"), ("GET", "/v2/time"), ("GET", "/v1/time/"),
        ("POST", "/v1/orders/{order_no}/pay"), ("DELETE", "/v1/orders/{order_no}"), ("POST", "/v1/time"),
        ("PUT", "/v1/changes"),
    ):
        shop.refused(f"{method} {path}", till.send(till.unsigned(method, filled(path))), 404, "not_found")
