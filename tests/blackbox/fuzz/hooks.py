"""What schemathesis does not know by itself: what the endpoint holds, and that nothing of the south may show to somebody of
the north.

Every name, note and picture in the south carries a mark that nothing else carries, and no id does. Whatever the request was,
an answer to somebody who may not see the south never holds it. Half of the generated requests name things that are there,
the south's among them: a guessed id would meet nothing.
"""

import os
import random

import schemathesis

MARK = os.environ["AISLE_MARK"].encode()
WHOSE = ("own", "near", "far")


@schemathesis.check
def nothing_of_the_south(ctx, response, case):
    if MARK in response.content or MARK in repr(dict(response.headers)).encode():
        raise AssertionError("the answer holds a record of a territory that is not the person's")


@schemathesis.serializer("application/offset+octet-stream")
def octets(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode()


def there(kind):
    """The name of something that is there."""
    return f"{kind}-{random.choice(WHOSE)}"


@schemathesis.hook
def map_path_parameters(ctx, path_parameters):
    if path_parameters and "id" in path_parameters and random.random() < 0.5:
        path_parameters["id"] = there("photo")
    return path_parameters


@schemathesis.hook
def map_query(ctx, query):
    if isinstance(query, dict) and "device" in query and random.random() < 0.5:
        query["device"] = there("phone-of")
    return query


@schemathesis.hook
def map_body(ctx, body):
    if not isinstance(body, dict) or not isinstance(body.get("muts"), list) or random.random() < 0.5:
        return body
    if random.random() < 0.5:
        body["device"] = there("phone-of")
    body["proto"] = 1
    for n, mutation in enumerate(body["muts"], start=1):
        if not isinstance(mutation, dict) or not isinstance(mutation.get("rec"), dict):
            continue
        kind = random.choice(("visit", "answer", "photo", "shop"))
        mutation["n"] = n
        mutation["rec"] = {"kind": kind, "id": there(kind)}
        if isinstance(mutation.get("patch"), dict):
            mutation["patch"].update({"visit": there("visit"), "shop": random.choice(("n1", "n2", "s1"))})
    return body
