"""A till by a stranger: API v1 of the merchant backend, spoken with the OpenAPI document and public libraries alone.

Whatever the contract leaves unsaid, or the backend does otherwise, would show here: nothing of this is shared with the
project's own till.
"""

import datetime
import os
import sys
import time

import jwt

from backend import BODY_BYTES_MAX, Backend
from backend_refusals import read_strictly, routes, signed_requests
from checks import Checks
from contract import Contract
from sandbox import Sandbox
from till import Keys, Till, link_parts, new_key, seconds_to, told_of

OPENAPI = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../core/contract/openapi.json")


class Shop:
    """What the checks share: both servers, the contract, and the first paired till."""

    def __init__(self, checks, sandbox, backend, contract):
        self.check = checks.check
        self.sandbox = sandbox
        self.backend = backend
        self.contract = contract
        self.till = self.new_till()

    def new_till(self):
        return Till(self.backend.base_url, self.contract)

    def paired(self, role, store):
        """Another till, by a link that the first one asks for."""
        asked = self.till.call("POST", "/v1/pairing-codes", {"store": store, "role": role, "life_s": 600})
        till = self.new_till()
        till.id = till.pair(link_parts(asked.json["link"])["s"]).json["device"]
        return till

    def at_wechat_pay(self, out_trade_no):
        """Where WeChat Pay's double has an attempt; none if it has not."""
        orders = self.till.session.get(self.sandbox.base_url + "/_sandbox/orders", timeout=20).json()
        return next((one["trade_state"] for one in orders if one["out_trade_no"] == out_trade_no), None)

    def answered(self, name, answer, status, /, **fields):
        """Checks the status, and what some of the fields say."""
        seen = {field: answer.json.get(field) for field in fields}
        self.check(name, (answer.status, seen) == (status, fields), answer)

    def refused(self, name, answer, status, code, field=None):
        """Checks a problem: its status, its code, and the field that it names."""
        name = f"{name}: {code}" + (f" of {field}" if field else "")
        self.check(name, answer.is_problem(status, code, field), answer)

    def in_conflict(self, name, answer, code, order):
        """Checks a conflict, and that it brings the order as it is."""
        self.refused(name, answer, 409, code)
        held, standing = answer.json.get("order"), self.till.get(order).json
        self.check(f"{name}: told the order as it is", held and told_of(held) == told_of(standing), answer)


def open_to_all(shop):
    faults = shop.contract.faults()
    is_3_1 = shop.contract.document["openapi"].startswith("3.1.")
    shop.check("openapi.json is a valid OpenAPI 3.1 document", is_3_1 and not faults, faults)

    stranger = shop.new_till()
    told = stranger.send(stranger.unsigned("GET", "/v1/time"))
    is_now = told.status == 200 and abs(seconds_to(told.json["time"])) < 5
    shop.check("the time is told without a signature", is_now, told)
    shop.check("the features are told", {"orders", "stream", "days", "pairing"} <= set(told.json["features"]), told)
    shop.check("the limits are the configured ones", told.json["limits"]["body_bytes_max"] == BODY_BYTES_MAX, told)
    told = stranger.send(stranger.unsigned("GET", "/v1/health"))
    shop.answered("the health is told without a signature", told, 200, status="ok")


def pair(shop):
    link, till = link_parts(shop.backend.pairing_link), shop.till
    shop.check("the link names backend and merchant", (link["u"], link["m"]) == (shop.backend.base_url, "shop-1"), link)
    shop.refused("a device that was never paired", till.call("GET", "/v1/bundle", keyid="d-0"), 401, "device_unknown")

    body = {"secret": link["s"], "key": till.jwk(), "name": "counter 2"}
    unsigned = till.send(till.unsigned("POST", "/v1/pairings", body))
    shop.refused("pairing without a signature", unsigned, 401, "signature_invalid")
    shop.refused("pairing signed by another key", till.pair(link["s"], key=new_key()), 401, "signature_invalid")
    shop.refused("pairing with another keyid", till.pair(link["s"], keyid="d-0"), 401, "signature_invalid")
    shop.refused("pairing with a wrong secret", till.pair("A" * 22), 403, "pairing_refused")
    off_curve = till.call("POST", "/v1/pairings", {**body, "key": {**till.jwk(), "x": till.jwk(new_key())["x"]}})
    shop.refused("a key that is no point of the curve", off_curve, 400, "bad_request", "key")

    first = till.pair(link["s"])
    bundle = first.json
    shop.answered("a new device is paired", first, 201, version=1, role="manager", device_name="counter 2")
    shop.check("the bundle tells a test account", bundle["merchant"]["live"] is False, first)
    lasting = {name: value for name, value in bundle.items() if name != "time"}
    shop.answered("the same key gets the same answer again", till.pair(link["s"]), 200, **lasting)
    shop.refused("another key with a used link", shop.new_till().pair(link["s"]), 403, "pairing_refused")
    till.id = bundle["device"]
    shop.answered("the bundle can be fetched again", till.call("GET", "/v1/bundle"), 200, **lasting)

    shop.bundle, shop.keys = bundle, Keys(bundle["keys"], link["r"], shop.contract)
    said = shop.keys.said
    seen = (said["kind"], said["merchant"], said["live"])
    shop.check("the keys are verified down to the pinned root key", seen == ("keys", "shop-1", False), said)
    shop.check("another root key is refused", is_refused(lambda: Keys(bundle["keys"], "A" * 43, shop.contract)))
    shop.answered("the keys can be fetched again", till.call("GET", "/v1/keys"), 200, keys=bundle["keys"])


def sell(shop):
    till, keys, started = shop.till, shop.keys, shop.till.call("GET", "/v1/changes").json["cursor"]
    shop.events = till.stream()
    lines = [{"no": 1, "amount": 1000, "reference": "SF123"}, {"no": 2, "amount": 280}]
    order = till.order(shop.bundle, note="less ice", lines=lines)
    number, jws = order["order_no"], till.signed(order)

    created = till.put(order, jws)
    shop.answered("an order is created", created, 201, state="awaiting", amount=1280, note="less ice")
    shown = created.json["attempts"][-1]["code"]
    code = keys.all_of(created.json).get("code", {})
    seen = [code.get(name) for name in ("order_no", "attempt", "amount", "currency", "code", "live")]
    shop.check("its code is a statement", seen == [number, 1, 1280, "CNY", shown, False], created)
    shop.check("the code is WeChat Pay's own", shown["text"].startswith("weixin://"), code)
    shop.check("the code lives as long as the order says", 290 < seconds_to(shown["expires_at"]) <= 301, code)
    again = till.put(order, jws)
    is_same = again.status == 200 and told_of(again.json) == told_of(created.json)
    shop.check("the same bytes again answer the same order", is_same, again)
    shop.in_conflict("other bytes under the same number", till.put({**order, "note": "more ice"}), "other_bytes", order)

    paid = shop.sandbox.post("/_sandbox/pay", {"code_url": shown["text"]})
    told = shop.events.order(order, lambda told: told["state"] == "paid")
    shop.check("the stream tells the payment", told is not None, told)
    answer = till.get(order)
    shop.check("the order reads as the stream told it", told_of(answer.json) == told_of(told), answer)
    receipt = keys.all_of(told)["paid"]
    said = [receipt[name] for name in ("order_no", "amount", "merchant", "merchant_name", "store", "live")]
    shop.check("the receipt is a statement", said == [number, 1280, "shop-1", "Shop 1", "main", False], receipt)
    payment = receipt["payment"]
    seen = [payment[name] for name in ("transaction_id", "attempt", "proof", "amount", "currency", "late")]
    proven = [paid["transaction_id"], 1, "proven", 1280, "CNY", False]
    shop.check("the receipt proves the payment", seen == proven, receipt)
    is_newer = receipt["version"]["counter"] > code["version"]["counter"]
    shop.check("the receipt replaces what was said before", is_newer, receipt)
    said, signature = told["statements"][-1].rsplit(".", 1)
    other_signature = created.json["statements"][-1].rsplit(".", 1)[1]
    is_judged = keys.open(f"{said}.{signature}") and is_refused(lambda: keys.open(f"{said}.{other_signature}"))
    shop.check("a receipt with another signature is refused", is_judged)

    held = till.call("PUT", f"/v1/orders/{number}", {"order": jws, "statements": told["statements"]})
    shop.answered("an order offered with its statements is the same", held, 200, version=told["version"], state="paid")
    shop.in_conflict("a refresh of a paid order", till.act(order, "refresh", attempt=1), "order_paid", order)
    closed = till.act(order, "close", attempt=1)
    shop.answered("a close of a paid order answers that it is paid", closed, 200, version=told["version"], state="paid")
    changes(shop, order, told, started)
    day(shop, payment)


def is_refused(verify):
    try:
        verify()
    except jwt.PyJWTError:
        return True
    return False


def changes(shop, order, told, started):
    till = shop.till
    page = till.call("GET", f"/v1/changes?after={started}")
    seen = [told_of(one) for one in page.json["orders"]]
    shop.check("the changes tell the order once, as it is", seen == [told_of(told)] and not page.json["more"], page)
    end = till.call("GET", f"/v1/changes?after={page.json['cursor']}")
    shop.answered("after the last change there is none", end, 200, orders=[], more=False, epoch=told["version"]["epoch"])
    for amount in (1, 2):
        till.put(till.order(shop.bundle, amount))
    cursor, seen = started, []
    for _ in range(10):
        page = till.call("GET", f"/v1/changes?after={cursor}&limit=1").json
        cursor, seen = page["cursor"], seen + [one["amount"] for one in page["orders"]]
        if not page["more"]:
            break
    shop.check("the changes can be read page by page", seen == [1280, 1, 2], seen)
    event = till.stream(f"?after={started}").until("order", lambda _: True)
    page = till.call("GET", f"/v1/changes?after={event[1]}")
    amounts = [one["amount"] for one in page.json["orders"]]
    shop.check("an event's id is a cursor", event[2]["order_no"] == order["order_no"] and amounts == [1, 2], page)

    for reader in ("changes", "stream"):
        answer = till.call("GET", f"/v1/{reader}?after=zz")
        shop.refused(f"a cursor for the {reader} that is none", answer, 400, "bad_request", "after")
    for limit in ("0", "1001", "x", ""):
        shop.refused(f"a page of {limit!r}", till.call("GET", f"/v1/changes?limit={limit}"), 400, "bad_request", "limit")


def day(shop, payment):
    offset = datetime.timedelta(minutes=shop.bundle["merchant"]["utc_offset_minutes"])
    date = (datetime.datetime.fromisoformat(payment["paid_at"]) + offset).date()
    told = shop.till.call("GET", f"/v1/days/{date}")
    total, none = {"count": 1, "amount": 1280}, {"count": 0, "amount": 0}
    shop.answered("the day's totals hold the payment", told, 200, date=str(date), live=False, currency="CNY", paid=total,
                  late=none, methods=[{"method": "wechatpay_qr", **total}], mismatched=0)
    before = shop.till.call("GET", f"/v1/days/{date - datetime.timedelta(days=1)}")
    shop.answered("the day before is empty", before, 200, paid=none, late=none, methods=[])
    for wrong in ("2026-02-30", "today"):
        shop.refused(f"the day {wrong}", shop.till.call("GET", f"/v1/days/{wrong}"), 400, "bad_request", "date")


def refresh_and_close(shop):
    till, keys = shop.till, shop.keys
    order = till.order(shop.bundle)
    first = till.put(order).json["attempts"][0]["code"]["text"]
    checked = till.act(order, "check")
    shop.check("a check asks the channel", checked.status == 200 and "asked_at" in checked.json["attempts"][0], checked)
    refreshed = till.act(order, "refresh", attempt=1)
    shop.check("a refresh is taken", refreshed.status == 200, refreshed)
    told = shop.events.order(order, lambda told: told["attempts"][1:] and told["attempts"][1]["state"] == "open")
    code = keys.all_of(told)["code"]
    seen = (told["attempts"][0]["state"], code["attempt"])
    shop.check("the first attempt ends and the second opens", seen == ("closed", 2), told)
    shop.check("the second attempt has a code of its own", code["code"]["text"] != first, code)
    again = till.act(order, "refresh", attempt=1)
    shop.answered("the same refresh again changes nothing", again, 200, version=told["version"], state="awaiting")
    for verb, attempt in (("refresh", 3), ("close", 1), ("close", 3)):
        answer = till.act(order, verb, attempt=attempt)
        shop.in_conflict(f"{verb} of attempt {attempt} of two", answer, "not_last_attempt", order)
    for attempt in (0, 100, "1", 1.5, None):
        answer = till.act(order, "refresh", attempt=attempt)
        shop.refused(f"a refresh of attempt {attempt!r}", answer, 400, "bad_request", "attempt")

    closing = till.act(order, "close", attempt=2)
    shop.check("a close is taken", closing.status == 200 and closing.json["state"] in ("closing", "closed"), closing)
    shop.check("a withdrawn code is no statement any more", "code" not in keys.all_of(closing.json), closing)
    told = shop.events.order(order, lambda told: told["state"] == "closed")
    proof = keys.all_of(told)["closed"]
    seen = (proof["order_no"], proof.get("attempt"))
    shop.check("the close is proven by a statement", seen == (order["order_no"], 2), proof)
    again = till.act(order, "close", attempt=2)
    shop.answered("the same close again changes nothing", again, 200, version=told["version"], state="closed")
    shop.in_conflict("a refresh of a closed order", till.act(order, "refresh", attempt=2), "order_ended", order)
    for attempt in told["attempts"]:
        held = shop.at_wechat_pay(attempt["out_trade_no"])
        shop.check(f"WeChat Pay holds attempt {attempt['attempt']} closed", held == "CLOSED", held)


def close_unknown(shop):
    till, keys = shop.till, shop.keys
    unknown = till.order(shop.bundle)
    answer = till.act(unknown, "close", attempt=1)
    shop.answered("an unknown number is closed", answer, 200, state="closed", amount=0, attempts=[])
    proof = keys.all_of(answer.json)["closed"]
    seen = (proof["order_no"], proof.get("attempt"))
    shop.check("its close is proven by a statement of no attempt", seen == (unknown["order_no"], None), proof)
    late = till.put(unknown)
    shop.answered("an order of a closed number is answered closed", late, 200, state="closed", attempts=[])
    held = shop.at_wechat_pay(unknown["order_no"] + "01")
    shop.check("a closed number opens nothing at WeChat Pay", held is None, held)
    shop.refused("an order that nobody brought", till.get(till.order(shop.bundle)), 404, "not_found")


def business_key(shop):
    till = shop.till
    holder, second = (till.order(shop.bundle, amount, business_key="SF-1") for amount in (100, 200))
    till.put(holder)
    shop.in_conflict("a business key that is open", till.put(second), "business_key_open", holder)
    shop.refused("its second order", till.get(second), 404, "not_found")
    till.act(holder, "close", attempt=1)
    shop.events.order(holder, lambda told: told["state"] == "closed")
    shop.answered("a business key is free after its order closed", till.put(second), 201, state="awaiting", amount=200)


def rights(shop):
    till = shop.till
    cashier, far = shop.paired("cashier", "main"), shop.paired("cashier", "south")
    code = {"store": "main", "role": "cashier", "life_s": 600}
    shop.refused("a cashier's asking for a link", cashier.call("POST", "/v1/pairing-codes", code), 403, "forbidden")
    for field, value in (("store", "north"), ("role", "king"), ("life_s", 59), ("life_s", 86_401)):
        answer = till.call("POST", "/v1/pairing-codes", {**code, field: value})
        shop.refused(f"a link with {field} {value}", answer, 400, "bad_request", field)

    order = till.order(shop.bundle)
    till.put(order)
    shop.answered("a cashier sees the orders of its store", cashier.get(order), 200, order_no=order["order_no"])
    for verb, body in (("check", {}), ("refresh", {"attempt": 1}), ("close", {"attempt": 1})):
        shop.refused(f"{verb} of another store's order", far.act(order, verb, **body), 404, "not_found")
    shop.refused("reading another store's order", far.get(order), 404, "not_found")
    shop.answered("another store's changes are not told", far.call("GET", "/v1/changes"), 200, orders=[], more=False)
    shop.refused("bringing an order of another store", far.put(far.order(shop.bundle)), 403, "forbidden")
    cursor = till.call("GET", "/v1/changes").json["cursor"]
    for reader in ("changes", "stream"):
        answer = far.call("GET", f"/v1/{reader}?after={cursor}")
        shop.refused(f"a cursor for the {reader} of another scope", answer, 410, "resync")

    made = cashier.order(shop.bundle)
    brought = till.put(made, cashier.signed(made))
    shop.answered("an order is valid whoever brings it", brought, 201, device=cashier.id, state="awaiting")
    shop.answered("a journal's head is taken", cashier.call("GET", "/v1/keys", journal=(3, bytes(32))), 200)
    bare = cashier.sign(cashier.unsigned("GET", "/v1/changes"))
    bare.headers["Saoma-Journal"] = "4;hash=:" + "A" * 43 + "=:"
    shop.refused("a journal's head that is not signed", cashier.send(bare), 401, "signature_invalid")
    path = f"/v1/orders/{order['order_no']}/close"
    forked = cashier.call("POST", path, {"attempt": 1}, journal=(3, bytes([1] * 32)))
    shop.refused("a change by a forked journal", forked, 403, "journal_forked")
    shop.answered("a forked device may still read", cashier.get(order), 200, state="awaiting")
    shop.answered("a forked device may still bring what it made", cashier.put(cashier.order(shop.bundle)), 201)

    events = far.stream()
    shop.backend.revoke(far.id)
    started = time.monotonic()
    ended = events.until("end", lambda end: end["reason"] == "rights")
    shop.check("a revoked device's stream ends within 2 s", ended and time.monotonic() - started < 2, ended)
    shop.refused("a revoked device", far.call("GET", "/v1/bundle"), 401, "device_revoked")

    tries = next((answer for answer in (far.pair("A" * 22) for _ in range(100)) if answer.status != 403), None)
    shop.refused("too many tries to pair", tries, 429, "rate_limited")


def stop(shop):
    code = shop.backend.stop()
    ended = shop.events.until("end", lambda end: end["reason"] == "stopping")
    shop.check("the stream says that the backend stops", ended and shop.events.has_ended(), ended)
    shop.check("the backend ends well at SIGTERM", code == 0, code)
    judged, wrong = shop.contract.judged, shop.contract.wrong
    shop.check(f"all {judged} answers, events and statements are as openapi.json says", judged > 300 and not wrong,
               f"{len(wrong)} are not:\n      " + "\n      ".join(dict.fromkeys(wrong)))


def main():
    checks = Checks("backend")
    with Sandbox() as sandbox, Backend(sandbox) as backend:
        shop = Shop(checks, sandbox, backend, Contract(OPENAPI))
        for part in (open_to_all, pair, sell, refresh_and_close, close_unknown, business_key, read_strictly,
                     signed_requests, routes, rights, stop):
            part(shop)
    print(f"counted {checks.passed} {checks.failed}")
    sys.exit(checks.failed > 0)


if __name__ == "__main__":
    main()
