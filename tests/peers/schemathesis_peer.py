"""API v1 under schemathesis: every operation of the OpenAPI document, with what it allows and what it does not, each call signed
by a paired device.

What the document cannot say (an order that the device signed, a payment that can be given back) is put into some of the
calls that ought to succeed. Each operation must have been answered by a success, and by a refusal that is not about who calls;
none by an error of the server's.

SAOMA_SCHEMATHESIS_SEED and SAOMA_SCHEMATHESIS_EXAMPLES choose others, and how many of an operation.
"""

import collections
import datetime
import io
import os
import random
import time
from contextlib import redirect_stdout

import requests
import schemathesis
from schemathesis.cli import schemathesis as command

from backend import Backend
from backend_peer import OPENAPI
from checks import Checks
from contract import Contract
from sandbox import Sandbox
from till import Till, link_parts, new_order_no, now, written

SEED = os.environ.get("SAOMA_SCHEMATHESIS_SEED", "1")
EXAMPLES = os.environ.get("SAOMA_SCHEMATHESIS_EXAMPLES", "10")
BEIJING = datetime.timezone(datetime.timedelta(hours=8))
PIN = "2580"
# Making an operation's case ready may take a whole sale.
READY_MAX = 3
# Has no end: it is opened by hand below.
STREAM = "stream"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


class Signed(requests.auth.AuthBase):
    """Signs whatever is sent, as this device."""

    def __init__(self, till):
        self.till = till

    def __call__(self, request):
        if isinstance(request.body, str):
            request.body = request.body.encode()
        # Whoever is being paired has no id yet.
        keyid = "new" if request.path_url == "/v1/pairings" else self.till.id
        return self.till.sign(request, keyid=keyid)


class Shop:
    """A shop with everything in it that an operation may be about."""

    def __init__(self, sandbox, backend, contract):
        self.sandbox, self.backend, self.contract = sandbox, backend, contract
        self.owner, self.bundle = self._till(), None
        answer = self.owner.pair(link_parts(backend.pairing_link)["s"])
        self.bundle, self.owner.id = answer.json, answer.json["device"]
        self.cashier = self._paired("cashier")
        self.day = str(datetime.datetime.now(BEIJING).date())

    def _till(self):
        return Till(self.backend.base_url, self.contract)

    def _link(self, role="cashier"):
        asked = self.owner.call("POST", "/v1/pairing-codes", {"store": "main", "role": role, "life_s": 600})
        return link_parts(asked.json["link"])["s"]

    def _paired(self, role):
        till = self._till()
        till.id = till.pair(self._link(role)).json["device"]
        return till

    def order(self, **changed):
        """An open order, with its code."""
        order = self.owner.order(self.bundle, **changed)
        answer = self.owner.put(order)
        if answer.status != 201:
            raise RuntimeError(f"no order: {answer}")
        return answer.json

    def paid(self):
        """A paid order and its payment."""
        order = self.order()
        self._pay(order)
        return self._until(order, lambda told: told["state"] == "paid")

    def _pay(self, order):
        self.sandbox.post("/_sandbox/pay", {"code_url": order["attempts"][-1]["code"]["text"]})

    def _until(self, order, wanted):
        for _ in range(200):
            told = self.owner.get(order).json
            if wanted(told):
                return told
            time.sleep(0.1)
        raise RuntimeError(f"it did not come to pass: {told}")

    def refund(self, till, order, refund_no=None):
        """Asks for money back, and gives the refund's number and the answer."""
        refund_no = refund_no or new_order_no()
        path = f"/v1/orders/{order['order_no']}/refunds/{refund_no}"
        return refund_no, till.call("PUT", path, self.new_refund(order))

    @staticmethod
    def new_refund(order):
        payment = order["payments"][0]
        return {"channel": payment["channel"], "transaction_id": payment["transaction_id"], "amount": 100,
                "currency": "CNY", "reason": "少糖"}

    def late_money(self):
        """An order that was paid in cash, and then by its code as well."""
        order = self.order()
        body = {"attempt": 1, "taken_at": written(now())}
        self.sandbox.post("/_sandbox/faults", [{"on": "POST */close", "do": "drop_request", "times": 1}])
        self.owner.act(order, "cash", **body)
        self._pay(order)
        return self._until(order, lambda told: len(told["payments"]) == 2)

    def abnormal_refund(self):
        """A refund that the customer's account could not take."""
        order = self.paid()
        fault = {"on": "POST /v3/refund/domestic/refunds", "do": "refund_abnormal", "times": 1}
        self.sandbox.post("/_sandbox/faults", [fault])
        refund_no, _ = self.refund(self.owner, order)
        self.sandbox.post("/_sandbox/clock", {"advance_seconds": 10})
        self._until(order, lambda told: told["refunds"][0]["state"] == "abnormal")
        return order, refund_no

    def finding(self):
        """A day and a finding in it: the bill tells of a payment that never was."""
        self.paid()
        self.sandbox.post("/_sandbox/settle-day", {"date": self.day})
        self.sandbox.post("/_sandbox/faults", [{"on": "GET /v3/bill/tradebill*", "do": "bill_stranger", "times": 1}])
        self.backend.admin("bill", self.day)
        day = self.owner.call("GET", f"/v1/days/{self.day}/reconciliation")
        return day.json["findings"][0]["id"]

    # What makes each operation succeed: the parts of its path, its body, its query.

    def ready(self, operation):
        make = getattr(self, "_ready_" + operation, None)
        path, body, query = (*make(), {})[:3] if make else ({}, None, {})
        return path, body, query

    def _of(self, order, body=None, **more):
        return {"order_no": order["order_no"], **more}, body

    def _ready_get_order(self):
        return self._of(self.order())

    def _ready_create_order(self):
        order = self.owner.order(self.bundle)
        return self._of(order, {"order": self.owner.signed(order)})

    def _ready_take_cash(self):
        return self._of(self.order(), {"attempt": 1, "taken_at": written(now())})

    def _ready_charge_order(self):
        code = self.sandbox.post("/_sandbox/wallet-code", {})["auth_code"]
        order = self.owner.order(self.bundle, method="wechatpay_code")
        return self._of(self.owner.put(order).json, {"auth_code": code})

    def _ready_check_order(self):
        return self._of(self.order(), {})

    def _ready_close_order(self):
        return self._of(self.order(), {"attempt": 1})

    _ready_refresh_order = _ready_close_order

    def _ready_accept_payment(self):
        order = self.late_money()
        late = next(one for one in order["payments"] if one["channel"] == "wechatpay")
        return self._of(order, {"channel": "wechatpay"}, transaction_id=late["transaction_id"])

    def _ready_refund(self):
        order = self.paid()
        return self._of(order, self.new_refund(order), refund_no=new_order_no())

    def _ready_decide_refund(self):
        order = self.paid()
        refund_no, _ = self.refund(self.cashier, order)
        return self._of(order, {"approve": True, "reason": "少糖"}, refund_no=refund_no)

    def _ready_refund_to_merchant(self):
        order, refund_no = self.abnormal_refund()
        return self._of(order, {}, refund_no=refund_no)

    def _ready_new_pairing_code(self):
        return {}, {"store": "main", "role": "cashier", "life_s": 600}

    def _ready_pair(self):
        # The key that signs is the one in the body, so a repeat by the owner's own device is what can succeed here.
        return {}, {"secret": self._link(), "key": self.owner.jwk(), "name": "counter 2"}

    def _ready_new_person(self):
        person = {"person": new_order_no().lower(), "name": "小李", "role": "cashier", "pin": PIN}
        return {}, person

    def _person(self):
        person = self._ready_new_person()[1]
        self.owner.call("POST", "/v1/people", person)
        return person["person"]

    def _ready_change_person(self):
        return {"person": self._person()}, {"name": "小王"}

    def _ready_sign_in(self):
        return {}, {"person": self._person(), "pin": PIN}

    def _ready_revoke_device(self):
        return {"device": self._paired("cashier").id}, {"reason": "lost"}

    def _ready_settle_finding(self):
        return {"date": self.day, "finding": self.finding()}, {"reason": "another till's"}

    def _ready_day(self):
        return {"date": self.day}, None

    _ready_sales_csv = _ready_reconciliation = _ready_day

    def _ready_days(self):
        return {}, None, {"from": self.day, "until": self.day}

    _ready_days_csv = _ready_days

    def _ready_audit(self):
        return {}, None, {"limit": "10"}

    _ready_changes = _ready_audit


class Tally:
    """What was answered, by operation and status."""

    def __init__(self):
        self.statuses = collections.defaultdict(collections.Counter)
        self.refusals = collections.defaultdict(collections.Counter)

    def count(self, operation, status, code=None):
        self.statuses[operation][status] += 1
        if code:
            self.refusals[operation][code] += 1

    def succeeded(self, operation):
        return any(200 <= status < 300 for status in self.statuses[operation])

    def refused(self, operation):
        """Whether it refused for what was asked, not for who asked."""
        about_the_caller = {"signature_invalid", "device_unknown", "device_revoked", "clock_skew", "rate_limited"}
        return bool(set(self.refusals[operation]) - about_the_caller)

    def failures(self, operation):
        return {status: count for status, count in self.statuses[operation].items() if status >= 500}


def hooked(shop, tally):
    """Lets schemathesis sign, and puts in what the document cannot say."""
    schemathesis.auth.set_from_requests(Signed(shop.owner))
    chance = random.Random(SEED)
    given = collections.Counter()

    @schemathesis.hook
    def before_call(context, case, kwargs):
        operation = case.operation.definition.raw["operationId"]
        positive = case.meta is None or case.meta.generation.mode.is_positive
        # The first, and then seldom: what the document does say is tried as well.
        if not positive or given[operation] >= READY_MAX or (given[operation] and chance.random() < 0.7):
            return
        given[operation] += 1
        case.path_parameters, body, case.query = shop.ready(operation)
        if body is not None:
            case.body, case.media_type = body, "application/json"

    @schemathesis.hook
    def after_call(context, case, response):
        code = None
        if "problem+json" in " ".join(response.headers.get("content-type", [])):
            code = response.json().get("code")
        tally.count(case.operation.definition.raw["operationId"], response.status_code, code)


def asked_wrongly(shop, contract, tally):
    """What takes nothing but a path is asked with something more."""
    for path, item in contract.document["paths"].items():
        for method, said in item.items():
            if "security" in said and said["operationId"] != STREAM:
                place = path.format(order_no=new_order_no(), refund_no=new_order_no(), transaction_id="1", date=shop.day,
                                    finding="f", person="p", device="d")
                answer = shop.owner.call(method.upper(), place + "?nothing=1")
                tally.count(said["operationId"], answer.status, answer.json.get("code"))


def stream(shop, tally):
    """The one operation without an end: opened, asked wrongly, and let go."""
    for after in ["", "?after=x", "?after=" + "A" * 5000, "?before=1", "?after=1&after=2", "?after=%00"]:
        request = shop.owner.sign(shop.owner.unsigned("GET", "/v1/stream" + after))
        with shop.owner.session.send(request, stream=True, timeout=20) as response:
            code = None if response.ok else response.json()["code"]
            tally.count(STREAM, response.status_code, code)


def main():
    checks = Checks("schemathesis")
    contract, tally = Contract(OPENAPI), Tally()
    with Sandbox() as sandbox, Backend(sandbox, requests_per_minute=100_000, role="owner", code_pay=True) as backend:
        shop = Shop(sandbox, backend, contract)
        hooked(shop, tally)
        # What schemathesis keeps goes with the sandbox.
        os.chdir(sandbox.folder.name)
        started = time.monotonic()
        told = io.StringIO()
        arguments = [OPENAPI, "--url", backend.base_url, "--checks", CHECKS, "--seed", SEED, "--max-examples", EXAMPLES,
                     "--phases", "coverage,fuzzing", "--exclude-operation-id", STREAM, "--request-timeout", "30",
                     "--generation-database", "none", "--continue-on-failure", "--no-color", "--no-shrink", "--warnings", "off"]
        with redirect_stdout(told):
            try:
                command.main(["run", *arguments])
            except SystemExit as end:
                status = end.code
        asked_wrongly(shop, contract, tally)
        stream(shop, tally)
        seconds = time.monotonic() - started
        calls = sum(sum(counts.values()) for counts in tally.statuses.values())
        checks.check(f"seed {SEED}: {calls} calls in {seconds:.0f} s are answered as the document says", status == 0,
                     told.getvalue()[-6000:])
        for item in contract.document["paths"].values():
            for said in item.values():
                operation = said["operationId"]
                seen = dict(tally.statuses[operation])
                checks.check(f"{operation} succeeds", tally.succeeded(operation), seen)
                # These two read nothing of a request but its path.
                if operation not in ("time", "health"):
                    refusals = dict(tally.refusals[operation])
                    checks.check(f"{operation} refuses what is wrong", tally.refused(operation), (seen, refusals))
                checks.check(f"{operation} has no error of its own", not tally.failures(operation), seen)
        alive = backend.process.poll() is None and backend.stop() == 0
        checks.check("the backend goes on, and ends when it is told to", alive)
        os.chdir("/")
    print(f"counted {checks.passed} {checks.failed}")


if __name__ == "__main__":
    main()
