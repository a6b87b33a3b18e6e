"""What a schema cannot say: that a key is new for each write, and how the Auth0 Action signs."""

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


@schemathesis.hook
def before_call(context, case, kwargs):
    """Signs only where the run is the Action's: then it is told the secret."""
    if (case.headers or {}).get("Idempotency-Key") == EXAMPLE_KEY:
        case.headers["Idempotency-Key"] = f"key-{next(numbers)}"
    if "WEBHOOK_SECRET" in os.environ:
        kwargs["auth"] = signed


@schemathesis.hook
def filter_path_parameters(context, path_parameters):
    """API Gateway itself refuses a path that holds a percent sign when it is decoded, and not in our words. (Users' ids
    and hours have a pattern that says so.)"""
    has_pattern = any(name in context.operation.path for name in ("user", "source", "hour"))
    return has_pattern or all("%" not in str(value) for value in (path_parameters or {}).values())
