"""Acts once on each event of genesys-eventbridge-poller, with boto3 and nothing else.

The two ways of record-first.ts and transaction.ts; see the README for which one to take.
"""

import time
import uuid

IN_PROGRESS, COMPLETED = {"S": "INPROGRESS"}, {"S": "COMPLETED"}

# There is no record, or it is past its expiration (TTL deletes late), or its claimant's time is over and it is not completed.
CLAIMABLE = "attribute_not_exists(id) OR expiration < :now OR (#status = :inProgress AND lockedUntil < :nowMs)"


def record_first(client, table, remember_seconds, event, context, effect):
    """Calls effect(event) once: at least once if this process dies between the effect and the record.

    Returns "done" or "duplicate". Raises while another invocation is at work on the event, and what the effect raises.
    """
    key = {"id": {"S": "crm#" + event["detail"]["metadata"]["idempotencyKey"]}}
    owner = {"S": str(uuid.uuid4())}
    # What this invocation claimed it may complete or release, and nothing else.
    ours = {"TableName": table, "Key": key, "ConditionExpression": "#owner = :owner"}
    now = time.time()
    try:
        client.put_item(
            TableName=table,
            Item={
                **key,
                "owner": owner,
                "status": IN_PROGRESS,
                "lockedUntil": {"N": str(int(now * 1000) + context.get_remaining_time_in_millis())},
                "expiration": {"N": str(int(now) + remember_seconds)},
            },
            ConditionExpression=CLAIMABLE,
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":inProgress": IN_PROGRESS,
                ":now": {"N": str(int(now))},
                ":nowMs": {"N": str(int(now * 1000))},
            },
        )
    except client.exceptions.ConditionalCheckFailedException:
        found = client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
        # The SDK sends a write again whose answer was lost, and the second one meets the first.
        if found.get("owner") != owner:
            if found.get("status") == COMPLETED:
                return "duplicate"
            raise RuntimeError(f"another invocation is at work on {key['id']['S']}") from None
    try:
        effect(event)
    except Exception:
        client.delete_item(
            **ours, ExpressionAttributeNames={"#owner": "owner"}, ExpressionAttributeValues={":owner": owner}
        )
        raise
    client.update_item(
        **ours,
        UpdateExpression="SET #status = :completed",
        ExpressionAttributeNames={"#status": "status", "#owner": "owner"},
        ExpressionAttributeValues={":owner": owner, ":completed": COMPLETED},
    )
    return "done"


def in_transaction(client, table, attempts_table, remember_seconds, event):
    """Counts how often each contact was dialled, exactly once: the count and the record are one transaction.

    Returns "done" or "duplicate"; raises what DynamoDB raises.
    """
    data = event["detail"]["data"]
    now = int(time.time())
    try:
        client.transact_write_items(
            TransactItems=[
                {
                    "Put": {
                        "TableName": table,
                        "Item": {
                            "id": {"S": "attempts#" + event["detail"]["metadata"]["idempotencyKey"]},
                            "expiration": {"N": str(now + remember_seconds)},
                        },
                        "ConditionExpression": "attribute_not_exists(id) OR expiration < :now",
                        "ExpressionAttributeValues": {":now": {"N": str(now)}},
                    }
                },
                {
                    "Update": {
                        "TableName": attempts_table,
                        "Key": {"contact": {"S": data["outboundContactListId"] + "#" + data["outboundContactId"]}},
                        "UpdateExpression": "ADD attempts :one",
                        "ExpressionAttributeValues": {":one": {"N": "1"}},
                    }
                },
            ]
        )
    except client.exceptions.TransactionCanceledException as error:
        if error.response["CancellationReasons"][0]["Code"] == "ConditionalCheckFailed":
            return "duplicate"
        raise
    return "done"
