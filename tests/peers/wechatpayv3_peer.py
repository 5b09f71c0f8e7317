"""The public client library `wechatpayv3`, unchanged but for the host, against the sandbox.

Whatever differs from the real WeChat Pay would show here: the library signs its requests, verifies every answer, opens
certificates and parses notifications by its own code.
"""

import datetime
import gzip
import hashlib
import http.server
import json
import queue
import sys
import threading

import requests
from wechatpayv3 import WeChatPay, WeChatPayType

from checks import Checks
from sandbox import Sandbox

REAL_HOST = "https://api.mch.weixin.qq.com"
BEIJING = datetime.timezone(datetime.timedelta(hours=8))


class Receiver:
    """A merchant's notification endpoint: keeps what arrives, raw, and accepts it."""

    def __enter__(self):
        arrived = self.arrived = queue.Queue()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                arrived.put((dict(self.headers.items()), body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/notify/wechatpay"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def play_host(base_url):
    """Sends the library's requests to the sandbox instead of the real host. Nothing else of it is touched."""
    real = requests.Session.request

    def request(self, method, url, **arguments):
        self.trust_env = False
        return real(self, method, url.replace(REAL_HOST, base_url, 1), **arguments)

    requests.Session.request = request


def library(sandbox, merchant, notify_url, private_key=None, partner_mode=False):
    arguments = {
        "wechatpay_type": WeChatPayType.NATIVE,
        "mchid": merchant["mchid"],
        "private_key": private_key or merchant["private_key_pem"],
        "cert_serial_no": merchant["certificate_serial_no"],
        "apiv3_key": merchant["api_v3_key"],
        "appid": merchant["appid"],
        "notify_url": notify_url,
        "partner_mode": partner_mode,
    }
    if merchant["verify_with"] == "public_key":
        arguments["public_key"] = sandbox.told["platform"]["public_key_pem"]
        arguments["public_key_id"] = sandbox.told["platform"]["public_key_id"]
    return WeChatPay(**arguments)


def answered(reply):
    """Status and, if there is a body, its JSON."""
    status, body = reply
    return status, json.loads(body) if body else None


def refused(reply):
    status, body = answered(reply)
    return status, body and body.get("code")


def travel(checks, sandbox, receiver, merchant, others_key):
    mode = merchant["verify_with"]

    def check(name, good, seen=""):
        checks.check(f"{mode}: {name}", good, seen)

    # In certificate mode the library downloads and opens the certificates before it does anything else.
    wxpay = library(sandbox, merchant, receiver.url)
    if mode == "certificate":
        serials = [format(one.serial_number, "040X") for one in wxpay._core._certificates]
        check("certificates are downloaded and opened", serials == [sandbox.told["platform"]["certificate_serial_no"]], serials)
    else:
        seen = refused(wxpay._core.request("/v3/certificates"))
        check("there are no certificates", seen == (404, "RESOURCE_NOT_EXISTS"), seen)

    number = f"PEER-{mode}-1"
    order = {
        "description": "绿豆咖啡-拿铁 <大杯> & 糖",
        "out_trade_no": number,
        "amount": {"total": 1280, "currency": "CNY"},
        "attach": "till-07",
        "time_expire": "2099-08-01T10:00:00+08:00",
        "scene_info": {"payer_client_ip": "127.0.0.1", "device_id": "till07"},
    }
    status, placed = answered(wxpay.pay(**order))
    check("prepay gives a code", status == 200 and placed["code_url"].startswith("weixin://"), placed)

    status, seen = answered(wxpay.query(out_trade_no=number))
    check("an unpaid order is found by its number", (status, seen["trade_state"]) == (200, "NOTPAY"), seen)

    status, again = answered(wxpay.pay(**order))
    check("the same order again gives a fresh code", status == 200 and again["code_url"] != placed["code_url"], again)
    seen = refused(wxpay.pay(**{**order, "amount": {"total": 1281}}))
    check("another amount under the same number is refused", seen == (400, "INVALID_REQUEST"), seen)

    paid = sandbox.post("/_sandbox/pay", {"code_url": again["code_url"]})
    headers, body = receiver.arrived.get(timeout=10)
    told = wxpay.callback(headers, body)
    check("the notification is verified and opened", bool(told) and told["event_type"] == "TRANSACTION.SUCCESS", told)
    transaction = told["resource"] if told else {}
    expected = ("SUCCESS", number, 1280, "till-07", paid["transaction_id"])
    got = tuple(transaction.get(name) for name in ("trade_state", "out_trade_no")) + (
        transaction.get("amount", {}).get("total"), transaction.get("attach"), transaction.get("transaction_id"))
    check("the notification tells the payment", got == expected, got)
    lower_case = {name.lower(): value for name, value in headers.items()}
    check("the notification is verified with lower-case headers too", bool(wxpay.callback(lower_case, body)))
    check("a notification with one changed byte is refused", wxpay.callback(headers, body.replace(b"TRANSACTION", b"TRANSACTIOM")) is None)

    for name, key in (("its number", {"out_trade_no": number}), ("WeChat Pay's number", {"transaction_id": paid["transaction_id"]})):
        status, seen = answered(wxpay.query(**key))
        check(f"a paid order is found by {name}", status == 200 and seen == transaction, seen)
    seen = refused(wxpay.close(number))
    check("a paid order is not closed", seen == (400, "ORDER_PAID"), seen)
    seen = refused(wxpay.pay(**order))
    check("a paid order is not placed again", seen == (400, "ORDER_PAID"), seen)

    number = f"PEER-{mode}-2"
    order = {**order, "out_trade_no": number}
    wxpay.pay(**order)
    seen = answered(wxpay.close(number))
    check("an unpaid order is closed", seen == (204, None), seen)
    seen = answered(wxpay.close(number))
    check("closing again is harmless", seen == (204, None), seen)
    status, seen = answered(wxpay.query(out_trade_no=number))
    check("a closed order reads closed", (status, seen["trade_state"]) == (200, "CLOSED"), seen)
    seen = refused(wxpay.pay(**order))
    check("a closed number is not used again", seen == (400, "ORDER_CLOSED"), seen)

    seen = refused(wxpay.query(out_trade_no="PEER-unknown"))
    check("an unknown order is unknown", seen == (404, "ORDER_NOT_EXIST"), seen)
    seen = refused(wxpay.pay(**{**order, "out_trade_no": "PEER-bad", "amount": {"total": 0}}))
    check("a wrong field is refused", seen == (400, "PARAM_ERROR"), seen)

    wxpay._core._private_key = others_key
    seen = refused(wxpay.query(out_trade_no=number))
    check("another's key is refused", seen == (401, "SIGN_ERROR"), seen)


def give_back(checks, sandbox, receiver, merchant):
    """Refunds of the order that `travel` paid, and the bills of the day."""
    mode = merchant["verify_with"]

    def check(name, good, seen=""):
        checks.check(f"{mode}: {name}", good, seen)

    wxpay = library(sandbox, merchant, receiver.url)
    number = f"PEER-{mode}-1"
    ask = {"out_refund_no": f"PEER-{mode}-R1", "out_trade_no": number, "reason": "少放了糖",
           "amount": {"refund": 280, "total": 1280, "currency": "CNY"}}
    status, accepted = answered(wxpay.refund(**ask))
    check("a refund is accepted", (status, accepted.get("status")) == (200, "PROCESSING"), accepted)
    status, again = answered(wxpay.refund(**ask))
    check("the same number again is the same refund", again == accepted, again)
    seen = refused(wxpay.refund(**{**ask, "amount": {"refund": 281, "total": 1280, "currency": "CNY"}}))
    check("the same number with another amount is refused", seen == (400, "INVALID_REQUEST"), seen)
    seen = refused(wxpay.refund(**{**ask, "out_refund_no": f"PEER-{mode}-R2"}))
    check("the next part must wait", seen == (429, "FREQUENCY_LIMITED"), seen)
    sandbox.post("/_sandbox/clock", {"advance_seconds": 60})
    headers, body = receiver.arrived.get(timeout=10)
    told = wxpay.callback(headers, body)
    refund = told["resource"] if told else {}
    expected = ("REFUND.SUCCESS", "SUCCESS", accepted["refund_id"], 280)
    got = (told and told["event_type"], refund.get("refund_status"), refund.get("refund_id"), refund.get("amount", {}).get("refund"))
    check("the refund's notification is verified and opened", got == expected, got)
    status, seen = answered(wxpay.query_refund(f"PEER-{mode}-R1"))
    check("a refund is done in the end", (status, seen["status"]) == (200, "SUCCESS"), seen)
    seen = refused(wxpay.query_refund(f"PEER-{mode}-RX"))
    check("an unknown refund is unknown", seen == (404, "RESOURCE_NOT_EXISTS"), seen)

    sandbox.post("/_sandbox/faults", [{"on": "/v3/refund/*", "do": "refund_abnormal", "times": 1}])
    status, abnormal = answered(wxpay.refund(**{**ask, "out_refund_no": f"PEER-{mode}-R3"}))
    sandbox.post("/_sandbox/clock", {"advance_seconds": 60})
    told = wxpay.callback(*receiver.arrived.get(timeout=10))
    check("an abnormal refund is told", bool(told) and told["event_type"] == "REFUND.ABNORMAL", told)
    status, seen = answered(wxpay.abnormal_refund(
        abnormal["refund_id"], f"PEER-{mode}-R3", "USER_BANK_CARD", "CMB_DEBIT", "6225000000000000", "张三"))
    check("an abnormal refund is sent elsewhere", (status, seen.get("status")) == (200, "PROCESSING"), seen)

    now = sandbox.post("/_sandbox/clock", {"advance_seconds": 60})["now"]
    told = wxpay.callback(*receiver.arrived.get(timeout=10))
    check("and told once it arrives", bool(told) and told["event_type"] == "REFUND.SUCCESS", told)
    day = datetime.datetime.fromisoformat(now).astimezone(BEIJING).date().isoformat()
    if mode == "certificate":
        seen = refused(wxpay.trade_bill(day))
        check("a bill is not there before its time", seen == (400, "INVALID_REQUEST"), seen)
    sandbox.post("/_sandbox/settle-day", {"date": day})
    for name, asked in (("trade", wxpay.trade_bill(day)), ("fund flow", wxpay.fundflow_bill(day))):
        status, told = answered(asked)
        check(f"a {name} bill is told", status == 200 and told["hash_type"] == "SHA1", told)
        status, body = wxpay.download_bill(told["download_url"].replace(sandbox.base_url, REAL_HOST, 1))
        text = gzip.decompress(body)
        check(f"the {name} bill is a gzip file with the hash that was told", hashlib.sha1(text).hexdigest() == told["hash_value"], status)
        check(f"the {name} bill tells the day's refund", f"PEER-{mode}-R1" in text.decode("utf-8-sig"), text[-300:])


def charge(checks, sandbox, merchant):
    wxpay = library(sandbox, merchant, None)
    scene = {"store_info": {"out_id": "1001"}}

    def pay(number, **customer):
        auth_code = sandbox.post("/_sandbox/wallet-code", customer)["auth_code"]
        return auth_code, answered(wxpay.pay("茶", number, {"total": 500}, payer={"auth_code": auth_code}, scene_info=scene,
                                             pay_type=WeChatPayType.CODEPAY))

    _, (status, paid) = pay("PEER-code-1")
    checks.check("codepay: a payment code is charged", (status, paid.get("trade_state")) == (200, "SUCCESS"), paid)
    auth_code, (status, waiting) = pay("PEER-code-2", password=True)
    checks.check("codepay: a password is waited for", (status, waiting.get("code")) == (202, "USERPAYING"), waiting)
    sandbox.post("/_sandbox/pay", {"auth_code": auth_code})
    status, seen = answered(wxpay.query(out_trade_no="PEER-code-2"))
    checks.check("codepay: the password ends the wait", seen["trade_state"] == "SUCCESS", seen)
    status, seen = answered(wxpay.codepay_reverse("PEER-code-2"))
    checks.check("codepay: a charge is reversed", (status, seen.get("out_trade_no")) == (200, "PEER-code-2"), seen)
    status, seen = answered(wxpay.query(out_trade_no="PEER-code-2"))
    checks.check("codepay: a reversed charge reads reversed", seen["trade_state"] == "REVOKED", seen)


def partner(checks, sandbox, receiver):
    provider = sandbox.told["merchants"][2]
    sub = provider["sub_merchants"][0]["mchid"]
    wxpay = library(sandbox, provider, receiver.url, partner_mode=True)
    status, placed = answered(wxpay.pay("豆浆", "PEER-sub-1", {"total": 300}, sub_mchid=sub))
    checks.check("partner: a service provider orders for its sub-merchant", status == 200, placed)
    sandbox.post("/_sandbox/pay", {"code_url": placed["code_url"]})
    told = wxpay.callback(*receiver.arrived.get(timeout=10))
    checks.check("partner: the notification names both", bool(told) and told["resource"]["sub_mchid"] == sub, told)
    status, seen = answered(wxpay.query(out_trade_no="PEER-sub-1", sub_mchid=sub))
    checks.check("partner: a query tells the same", seen == told["resource"], seen)
    status, seen = answered(wxpay.refund("PEER-sub-R1", {"refund": 300, "total": 300, "currency": "CNY"}, out_trade_no="PEER-sub-1", sub_mchid=sub))
    checks.check("partner: a refund is accepted", (status, seen.get("status")) == (200, "PROCESSING"), seen)
    other = provider["sub_merchants"][1]["mchid"]
    seen = refused(wxpay.query(out_trade_no="PEER-sub-1", sub_mchid=other))
    checks.check("partner: another sub-merchant's order is not told", seen == (403, "NO_AUTH"), seen)


def rotate(checks, sandbox, merchant):
    wxpay = library(sandbox, merchant, "http://127.0.0.1:9/notify")
    sandbox.post("/_sandbox/faults", [{"on": "/v3/pay/*", "do": "rotate_certificate"}])
    status, _ = answered(wxpay.pay(description="拿铁", out_trade_no="PEER-rotated", amount={"total": 1}))
    serials = {format(one.serial_number, "040X") for one in wxpay._core._certificates}
    good = status == 200 and len(serials) == 2
    checks.check("certificate: a rotated certificate is fetched when its first answer comes", good, (status, serials))


def main():
    checks = Checks("wechatpayv3")
    with Receiver() as receiver:
        with Sandbox() as sandbox:
            play_host(sandbox.base_url)
            first, second = sandbox.told["merchants"][:2]
            keys = [library(sandbox, one, receiver.url)._core._private_key for one in (first, second)]
            travel(checks, sandbox, receiver, first, keys[1])
            travel(checks, sandbox, receiver, second, keys[0])
            give_back(checks, sandbox, receiver, first)
            give_back(checks, sandbox, receiver, second)
            charge(checks, sandbox, first)
            partner(checks, sandbox, receiver)
            rotate(checks, sandbox, first)
    seconds = sandbox.stopped_after_seconds
    checks.check("the sandbox stops within 3 seconds of SIGTERM", seconds < 3, seconds)
    print(f"counted {checks.passed} {checks.failed}")
    sys.exit(checks.failed > 0)


if __name__ == "__main__":
    main()
