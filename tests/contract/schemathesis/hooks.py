"""What a schema cannot say: that a key is new for each write, and how the Auth0 Action and Stripe sign."""

import base64
import hashlib
import hmac
import itertools
import os

import schemathesis

EXAMPLE_KEY = "6f1c1c5e-9a52-4b8e-9d06-0d7a3a2f4b11"

numbers = itertools.count()


def signed(request):
    """Signs as Standard Webhooks wants it: over id, time and the body as it goes out."""
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    message_id, timestamp = f"msg_{next(numbers)}", os.environ["WEBHOOK_TIMESTAMP"]
    key = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
    tag = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    request.headers.pop("Authorization", None)
    request.headers["webhook-id"] = message_id
    request.headers["webhook-timestamp"] = timestamp
    request.headers["webhook-signature"] = f"v1,{base64.b64encode(tag).decode()}"
    return request


def signed_as_stripe(request):
    """Signs time and body as Stripe does."""
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    timestamp, key = os.environ["WEBHOOK_TIMESTAMP"], os.environ["STRIPE_WEBHOOK_SECRET"].encode()
    tag = hmac.new(key, f"{timestamp}.".encode() + body, hashlib.sha256)
    request.headers.pop("Authorization", None)
    request.headers["stripe-signature"] = f"t={timestamp},v1={tag.hexdigest()}"
    return request


@schemathesis.hook
def before_call(context, case, kwargs):
    """Signs only where the run is the Action's or Stripe's: then it is told the secrets."""
    if (case.headers or {}).get("Idempotency-Key") == EXAMPLE_KEY:
        case.headers["Idempotency-Key"] = f"key-{next(numbers)}"
    if "WEBHOOK_SECRET" in os.environ:
        if not context.operation.path.endswith("/stripe"):
            kwargs["auth"] = signed
        # Without that header a request is to be refused.
        elif any(name.lower() == "stripe-signature" for name in case.headers or {}):
            kwargs["auth"] = signed_as_stripe


@schemathesis.hook
def filter_path_parameters(context, path_parameters):
    """API Gateway itself cuts a path at an encoded question mark, and refuses one that holds a percent sign when it is
    decoded, and not in our words. (Users' ids and hours have a pattern that says so of the latter.)"""
    values = [str(value) for value in (path_parameters or {}).values()]
    if any(mark in value for value in values for mark in ("?", "%3F")):
        return False
    has_pattern = any(name in context.operation.path for name in ("user", "source", "hour"))
    return has_pattern or all("%" not in value for value in values)
