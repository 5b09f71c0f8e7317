"""The public client library `wechatpy`, unchanged but for the host, speaks API v2 to the sandbox.

Requests are signed, answers and notifications read, verified and opened by the library's own code.
"""

import base64
import datetime
import hashlib
import http.server
import queue
import sys
import threading

import requests
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.pay import WeChatPay, WeChatPayException
from wechatpy.pay.utils import calculate_signature_hmac

from checks import Checks
from sandbox import Sandbox

REAL_HOST = "https://api.mch.weixin.qq.com/"
ACCEPTED = b"<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>"
BEIJING = datetime.timezone(datetime.timedelta(hours=8))


class Receiver:
    """A merchant's notification endpoint: keeps what arrives, raw, and accepts it in API v2's words."""

    def __enter__(self):
        arrived = self.arrived = queue.Queue()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                arrived.put(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", str(len(ACCEPTED)))
                self.end_headers()
                self.wfile.write(ACCEPTED)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/notify/v2"
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
        return real(self, method, url.replace(REAL_HOST, base_url + "/", 1), **arguments)

    requests.Session.request = request


def library(merchant, sub_mch_id=None):
    return WeChatPay(merchant["appid"], merchant["api_v2_key"], merchant["mchid"], sub_mch_id=sub_mch_id, timeout=20)


def refused(call):
    """The error code of a call that must be refused, or what came instead."""
    try:
        return call()
    except WeChatPayException as error:
        return error.errcode or error.errmsg or error.return_msg


def paying(sandbox, wxpay, merchant, receiver, check):
    order = {
        "trade_type": "NATIVE",
        "body": "绿豆咖啡-拿铁 <大杯> & 糖",
        "total_fee": 1280,
        "notify_url": receiver.url,
        "client_ip": "127.0.0.1",
        "out_trade_no": "PEER-V2-1",
        "attach": "till-07",
        "product_id": "latte-01",
        "time_start": datetime.datetime(2026, 8, 1, 10, 0, 0),
        "time_expire": datetime.datetime(2099, 8, 1, 10, 0, 0),
    }
    placed = wxpay.order.create(**order)
    check("unified order gives a code", placed["code_url"].startswith("weixin://"), placed)
    check("the answer's signature is verified", wxpay.check_signature(placed), placed)
    again = wxpay.order.create(**order)
    check("the same order again gives a fresh code", again["code_url"] != placed["code_url"], again)
    seen = refused(lambda: wxpay.order.create(**{**order, "total_fee": 1281}))
    check("another amount under the same number is refused", seen == "INVALID_REQUEST", seen)
    seen = wxpay.order.query(out_trade_no="PEER-V2-1")
    check("an unpaid order is found by its number", seen["trade_state"] == "NOTPAY", seen)

    sandbox.post("/_sandbox/pay", {"code_url": again["code_url"]})
    body = receiver.arrived.get(timeout=10)
    told = wxpay.parse_payment_result(body)
    expected = ("SUCCESS", "PEER-V2-1", 1280, "till-07", merchant["mchid"])
    got = tuple(told.get(name) for name in ("result_code", "out_trade_no", "total_fee", "attach", "mch_id"))
    check("the notification is verified and tells the payment", got == expected, got)
    try:
        wxpay.parse_payment_result(body.replace(b"1280", b"1281"))
        check("a changed notification is refused", False)
    except InvalidSignatureException:
        check("a changed notification is refused", True)
    for name, key in (("its number", {"out_trade_no": "PEER-V2-1"}), ("WeChat Pay's number", {"transaction_id": told["transaction_id"]})):
        seen = wxpay.order.query(**key)
        good = seen["trade_state"] == "SUCCESS" and seen["transaction_id"] == told["transaction_id"] and seen["total_fee"] == "1280"
        check(f"a paid order is found by {name}", good and wxpay.check_signature(seen), seen)
    seen = refused(lambda: wxpay.order.close("PEER-V2-1"))
    check("a paid order is not closed", seen == "ORDERPAID", seen)

    wxpay.order.create(**{**order, "out_trade_no": "PEER-V2-2"})
    seen = wxpay.order.close("PEER-V2-2")
    check("an unpaid order is closed", seen["result_code"] == "SUCCESS", seen)
    seen = wxpay.order.query(out_trade_no="PEER-V2-2")
    check("a closed order reads closed", seen["trade_state"] == "CLOSED", seen)
    seen = refused(lambda: wxpay.order.query(out_trade_no="PEER-V2-X"))
    check("an unknown order is unknown", seen == "ORDERNOTEXIST", seen)
    return told


def charging(sandbox, wxpay, check):
    def shown(**customer):
        return sandbox.post("/_sandbox/wallet-code", customer)["auth_code"]

    def charge(number, auth_code):
        return wxpay.micropay.create("茶", 1280, auth_code, client_ip="127.0.0.1", out_trade_no=number)

    paid = charge("PEER-V2-3", shown())
    check("a payment code is charged", paid["trade_type"] == "MICROPAY" and wxpay.check_signature(paid), paid)
    pending = shown(password=True)
    seen = refused(lambda: charge("PEER-V2-4", pending))
    check("a password is waited for", seen == "USERPAYING", seen)
    seen = wxpay.micropay.query(out_trade_no="PEER-V2-4")
    check("a query says so", seen["trade_state"] == "USERPAYING", seen)
    seen = refused(lambda: wxpay.order.reverse(out_trade_no="PEER-V2-4"))
    check("it is not reversed in the first seconds", seen == "USERPAYING", seen)
    sandbox.post("/_sandbox/pay", {"auth_code": pending})
    seen = wxpay.micropay.query(out_trade_no="PEER-V2-4")
    check("the password ends the wait", seen["trade_state"] == "SUCCESS", seen)
    seen = wxpay.order.reverse(out_trade_no="PEER-V2-4")
    check("a charge is reversed", seen["recall"] == "N" and wxpay.check_signature(seen), seen)
    seen = wxpay.order.query(out_trade_no="PEER-V2-4")
    check("a reversed charge reads reversed", seen["trade_state"] == "REVOKED", seen)
    for name, customer, code in (("is used", pending, "AUTH_CODE_ERROR"), ("is none", "134567890123456789", "AUTH_CODE_INVALID"),
                                 ("has too little behind it", shown(balance=1), "NOTENOUGH")):
        seen = refused(lambda: charge(f"PEER-V2-{code}", customer))
        check(f"a code that {name} is refused", seen == code, seen)


def refunding(sandbox, wxpay, receiver, paid, check):
    ask = {"total_fee": 1280, "refund_fee": 280, "out_refund_no": "PEER-V2-R1", "out_trade_no": "PEER-V2-1",
           "refund_desc": "少放了糖", "notify_url": receiver.url}
    accepted = wxpay.refund.apply(**ask)
    check("a refund is accepted", accepted["refund_fee"] == "280" and wxpay.check_signature(accepted), accepted)
    again = wxpay.refund.apply(**ask)
    check("the same number again is the same refund", again["refund_id"] == accepted["refund_id"], again)
    seen = refused(lambda: wxpay.refund.apply(**{**ask, "refund_fee": 281}))
    check("the same number with another amount is refused", seen == "REFUND_FEE_MISMATCH", seen)
    seen = refused(lambda: wxpay.refund.apply(**{**ask, "out_refund_no": "PEER-V2-R2"}))
    check("the next part must wait", seen == "FREQUENCY_LIMITED", seen)
    seen = wxpay.refund.query(out_refund_no="PEER-V2-R1")
    check("a refund is processing at first", seen["refund_status_0"] == "PROCESSING", seen)
    sandbox.post("/_sandbox/clock", {"advance_seconds": 60})
    told = wxpay.parse_refund_notify_result(receiver.arrived.get(timeout=10))
    expected = ("SUCCESS", "PEER-V2-R1", accepted["refund_id"], 280, paid["transaction_id"])
    got = tuple(told.get(name) for name in ("refund_status", "out_refund_no", "refund_id", "refund_fee", "transaction_id"))
    check("the refund's notification is opened", got == expected, got)
    seen = wxpay.refund.query(out_trade_no="PEER-V2-1")
    check("a refund is done in the end", (seen["refund_status_0"], seen["refund_count"]) == ("SUCCESS", "1"), seen)
    seen = refused(lambda: wxpay.refund.query(out_refund_no="PEER-V2-RX"))
    check("an unknown refund is unknown", seen == "REFUNDNOTEXIST", seen)


def billing(sandbox, wxpay, check):
    now = sandbox.post("/_sandbox/clock", {"advance_seconds": 0})["now"]
    day = datetime.datetime.fromisoformat(now).astimezone(BEIJING).date()
    seen = refused(lambda: wxpay.tools.download_bill(day))
    check("a bill is not there before its time", seen == "Bill Creating", seen)
    sandbox.post("/_sandbox/settle-day", {"date": day.isoformat()})
    text = wxpay.tools.download_bill(day)
    rows = [line[1:].split(",`") for line in text.splitlines() if line.startswith("`")]
    numbers = {row[6] for row in rows if len(row) == 27}
    check("a bill tells the day's orders", {"PEER-V2-1", "PEER-V2-3", "PEER-V2-4"} <= numbers, numbers)
    seen = [row for row in rows if len(row) == 27 and row[15] == "PEER-V2-R1"]
    check("a bill tells the day's refund", len(seen) == 1 and seen[0][25] == "2.80", seen)
    text = wxpay.tools.download_fundflow(day.strftime("%Y%m%d"))
    check("a fund flow bill tells the fees", "扣除交易手续费" in text, text[:200])


def signing(wxpay, check):
    """HMAC-SHA256, which the library signs when it is asked to."""
    data = {"appid": wxpay.appid, "out_trade_no": "PEER-V2-1", "sign_type": "HMAC-SHA256"}
    seen = dict(wxpay.post("pay/orderquery", data=data))
    sign = seen.pop("sign")
    good = sign == calculate_signature_hmac(seen, wxpay.api_key) and len(sign) == 64
    check("a query by HMAC-SHA256 is answered by HMAC-SHA256", good, seen)
    key, wxpay.api_key = wxpay.api_key, base64.b16encode(hashlib.md5(b"other").digest()).decode()
    seen = refused(lambda: wxpay.order.query(out_trade_no="PEER-V2-1"))
    check("another's key is refused", seen == "签名错误", seen)
    wxpay.api_key = key


def partner(sandbox, check):
    provider = sandbox.told["merchants"][2]
    sub = provider["sub_merchants"][0]["mchid"]
    wxpay = library(provider, sub_mch_id=sub)
    order = {"trade_type": "NATIVE", "body": "豆浆", "total_fee": 300, "notify_url": "http://127.0.0.1:9/notify",
             "client_ip": "127.0.0.1", "out_trade_no": "PEER-V2-S1", "product_id": "soy"}
    placed = wxpay.order.create(**order)
    check("a service provider orders for its sub-merchant", placed["sub_mch_id"] == sub and wxpay.check_signature(placed), placed)
    sandbox.post("/_sandbox/pay", {"code_url": placed["code_url"]})
    seen = wxpay.order.query(out_trade_no="PEER-V2-S1")
    check("a sub-merchant's order is paid", (seen["trade_state"], seen["sub_mch_id"]) == ("SUCCESS", sub), seen)
    seen = refused(lambda: library(provider).order.query(out_trade_no="PEER-V2-S1"))
    check("a sub-merchant must be named", seen == "LACK_PARAMS", seen)


def main():
    checks = Checks("wechatpy")
    check = checks.check
    with Receiver() as receiver, Sandbox() as sandbox:
        play_host(sandbox.base_url)
        merchant = sandbox.told["merchants"][0]
        wxpay = library(merchant)
        paid = paying(sandbox, wxpay, merchant, receiver, check)
        charging(sandbox, wxpay, check)
        refunding(sandbox, wxpay, receiver, paid, check)
        billing(sandbox, wxpay, check)
        signing(wxpay, check)
        partner(sandbox, check)
    print(f"counted {checks.passed} {checks.failed}")
    sys.exit(checks.failed > 0)


if __name__ == "__main__":
    main()
