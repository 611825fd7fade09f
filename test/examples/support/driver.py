"""Runs consumer.py for a test: a delivery a line on standard input, what became of it a line on standard output.

Arguments: the folder of consumer.py, the endpoint, the table of records, the table of attempts.
"""

import json
import os
import sys

import boto3

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import consumer  # noqa: E402

REMEMBER_SECONDS = 30 * 86_400
client = boto3.client("dynamodb", endpoint_url=sys.argv[2])
_, _, _, records, attempts = sys.argv


class Context:
    def __init__(self, left_ms):
        self.left_ms = left_ms

    def get_remaining_time_in_millis(self):
        return self.left_ms


def say(**answer):
    print(json.dumps(answer), flush=True)


def deliver(event, mishap, left_ms):
    if event["detail-type"] == "contactDialed":
        outcome = consumer.in_transaction(client, records, attempts, REMEMBER_SECONDS, event)
        if mishap == "crashesAfter":
            os._exit(1)
        return outcome

    def effect(_event):
        if mishap == "effectFails":
            raise RuntimeError("the CRM answered 503")
        if mishap == "crashesBefore":
            os._exit(1)
        say(effect=event["detail"]["metadata"]["idempotencyKey"])
        if mishap == "crashesAfter":
            os._exit(1)

    return consumer.record_first(client, records, REMEMBER_SECONDS, event, Context(left_ms), effect)


for line in sys.stdin:
    delivery = json.loads(line)
    try:
        say(outcome=deliver(delivery["event"], delivery["mishap"], delivery["leftMs"]))
    except Exception as error:
        say(error=f"{type(error).__name__}: {error}")
