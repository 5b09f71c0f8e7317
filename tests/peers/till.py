"""A till of public libraries alone: signed requests (RFC 9421, RFC 9530), orders and statements (JWS), events (SSE)."""

import base64
import datetime
import hashlib
import json
import queue
import secrets
import threading
import time
import urllib.parse

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver, algorithms
from sseclient import SSEClient

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
COVERED = ("@method", "@path", "@query")


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def point(key):
    """A public key as an uncompressed point."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def new_order_no():
    """A ULID: 48 bits of time and 80 random ones."""
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def written(when):
    """A time as the wire writes it."""
    return when.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def seconds_to(written):
    """How far a time on the wire is from now."""
    return (datetime.datetime.fromisoformat(written) - now()).total_seconds()


def told_of(order):
    """An order but for when the channel was last asked about it, which is no change of it."""
    attempts = [{name: value for name, value in one.items() if name != "asked_at"} for one in order["attempts"]]
    return {**order, "attempts": attempts}


def link_parts(link):
    """What a pairing link says, by its letters."""
    scheme, _, parts = link.partition("?")
    if scheme != "saoma://pair":
        raise ValueError(f"not a pairing link: {link!r}")
    return dict(part.split("=", 1) for part in parts.split("&"))


class Answer:
    """A status, and the JSON that came with it; the text under `not JSON` if it was none."""

    def __init__(self, response):
        self.status = response.status_code
        self.headers = response.headers
        try:
            self.json = response.json()
        except requests.JSONDecodeError:
            self.json = {"not JSON": response.text}

    def __repr__(self):
        return f"{self.status} {json.dumps(self.json, ensure_ascii=False)[:400]}"

    def is_problem(self, status, code, field=None):
        told = (self.status, self.json.get("code"), self.json.get("field"))
        return told == (status, code, field)


class Till:
    """One device, with a key of its own; `new` until it is paired."""

    def __init__(self, base_url, contract):
        self.base_url = base_url
        self.contract = contract
        self.session = requests.Session()
        self.session.trust_env = False
        self.key = new_key()
        self.id = "new"

    def jwk(self, key=None):
        """The public half of its key, or of another."""
        x_and_y = point((key or self.key).public_key())[1:]
        return {"kty": "EC", "crv": "P-256", "x": base64url(x_and_y[:32]), "y": base64url(x_and_y[32:])}

    def unsigned(self, method, path, body=None, content_type="application/json"):
        """A request without a signature. A body that is not bytes is written as JSON."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": content_type} if body is not None and content_type else {}
        return self.session.prepare_request(requests.Request(method, self.base_url + path, headers, data=body))

    def sign(self, request, *, key=None, keyid=None, created=None, covered=COVERED, journal=None, tag="saoma-v1",
             label="saoma", algorithm=algorithms.ECDSA_P256_SHA256, append=False):
        """Signs a request in place."""
        keyid, key = keyid or self.id, key or self.key
        if journal is not None:
            entries, head = journal
            request.headers["Saoma-Journal"] = f"{entries};hash=:{base64.b64encode(head).decode()}:"
            covered = (*covered, "saoma-journal")
        resolver = MappingKeyResolver(public_keys={}, private_keys={keyid: key})
        signer = HTTPMessageSigner(signature_algorithm=algorithm, key_resolver=resolver)
        signer.sign(request, key_id=keyid, created=created or now(), nonce=secrets.token_hex(16),
                    label=label, tag=tag, covered_component_ids=covered, body=request.body,
                    append_if_signature_exists=append)
        return request

    def send(self, request):
        """Sends a request as it is; the contract judges the answer."""
        response = self.session.send(request, timeout=20)
        path = urllib.parse.urlsplit(request.url).path
        self.contract.judge(request.method, path, response.status_code, response.headers, response.content)
        return Answer(response)

    def call(self, method, path, body=None, content_type="application/json", **signing):
        """Signs a request and sends it."""
        return self.send(self.sign(self.unsigned(method, path, body, content_type), **signing))

    def pair(self, secret, key=None, **signing):
        """Pairs with a link's secret; the key in the body is its own unless another is named."""
        body = {"secret": secret, "key": self.jwk(key), "name": "counter 2"}
        return self.call("POST", "/v1/pairings", body, keyid=signing.pop("keyid", "new"), **signing)

    def order(self, bundle, amount=1280, **changed):
        """An order of one line."""
        return {
            "merchant": bundle["merchant"]["id"], "store": bundle["store"]["id"], "device": self.id, "origin": "till",
            "order_no": new_order_no(), "amount": amount, "currency": "CNY", "lines": [{"no": 1, "amount": amount}],
            "description": "绿豆咖啡-拿铁 <大杯> & 糖", "method": "wechatpay_qr", "life_s": 300,
            "made_at": written(now()), "clock": "server", **changed,
        }

    def signed(self, order, key=None, **header):
        """An order as the device signs it."""
        header = {"kid": self.id, "typ": "saoma-order", **header}
        return jwt.encode(order, key or self.key, algorithm="ES256", headers=header)

    def put(self, order, jws=None):
        """Brings an order; the same `jws` again is the same bytes again."""
        return self.call("PUT", f"/v1/orders/{order['order_no']}", {"order": jws or self.signed(order)})

    def act(self, order, verb, **body):
        """Refreshes, closes or checks an order."""
        return self.call("POST", f"/v1/orders/{order['order_no']}/{verb}", body)

    def get(self, order):
        return self.call("GET", f"/v1/orders/{order['order_no']}")

    def stream(self, query=""):
        request = self.sign(self.unsigned("GET", "/v1/stream" + query))
        response = self.session.send(request, stream=True, timeout=20)
        self.contract.judge("GET", "/v1/stream", response.status_code, response.headers, None)
        return Stream(response, self.contract)


class Stream:
    """Events as they come."""

    SCHEMAS = {"order": "Order", "end": "StreamEnd"}

    def __init__(self, response, contract):
        self.arrived = queue.Queue()

        def read():
            for event in SSEClient(response).events():
                self.arrived.put((event.event, event.id, json.loads(event.data)))
            self.arrived.put(None)

        self.contract = contract
        threading.Thread(target=read, daemon=True).start()

    def until(self, name, wanted, seconds=10):
        """The next event of this name that is wanted, with its id; none if the stream ends or the time runs out."""
        ends_at = time.monotonic() + seconds
        while True:
            try:
                event = self.arrived.get(timeout=max(0, ends_at - time.monotonic()))
            except queue.Empty:
                return None
            if event is None:
                return None
            self.contract.judge_as(self.SCHEMAS[event[0]], event[2])
            if event[0] == name and wanted(event[2]):
                return event

    def order(self, order, wanted, seconds=10):
        """An order once it is as wanted."""
        event = self.until("order", lambda told: told["order_no"] == order["order_no"] and wanted(told), seconds)
        return event and event[2]

    def has_ended(self, seconds=10):
        return self.arrived.get(timeout=seconds) is None


class Keys:
    """A merchant's statement keys, verified down to the root key that pairing pinned."""

    def __init__(self, jws, root_fingerprint, contract):
        self.contract = contract
        claimed = jwt.decode(jws, options={"verify_signature": False})
        root = jwt.PyJWK.from_dict(claimed["root"], algorithm="ES256").key
        if base64url(hashlib.sha256(point(root)).digest()) != root_fingerprint:
            raise jwt.InvalidKeyError("the root key is not the pinned one")
        self.said = self._opened(jws, {"root": root})
        self.by_kid = {one["kid"]: jwt.PyJWK.from_dict(one["key"], algorithm="ES256").key for one in self.said["keys"]}

    def open(self, jws):
        """What a statement says, if one of the keys signed it."""
        return self._opened(jws, self.by_kid)

    def all_of(self, order):
        """What an order's statements say, by kind."""
        opened = [self.open(jws) for jws in order["statements"]]
        return {said["kind"]: said for said in opened}

    def _opened(self, jws, keys):
        header = jwt.get_unverified_header(jws)
        if header.get("typ") != "saoma-statement" or header.get("kid") not in keys:
            raise jwt.InvalidKeyError(f"not a statement by a key of the merchant: {header}")
        said = jwt.decode(jws, keys[header["kid"]], algorithms=["ES256"])
        self.contract.judge_as(said["kind"].capitalize() + "Statement", said)
        return said
