import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import axios from 'axios';
import { deriveConversation } from '../src/domain/derive.ts';

/*
 * The tutorial's way, as a process of its own: page after page, and for every event one GetItem, one
 * PutEvents with a single entry and one PutItem, one after the other. The SDKs are as they come.
 */

const TABLE = 'GenesysEventDedup';
const HOUR = 3_600_000;

const genesys = process.env.BENCH_GENESYS_URL;
const dynamoDb = new DynamoDBClient({});
const eventBridge = new EventBridgeClient({});
const interval = `${new Date(Date.now() - HOUR).toISOString()}/${new Date().toISOString()}`;

for (let pageNumber = 1; ; pageNumber++) {
  const { data } = await axios.post(`${genesys}/api/v2/analytics/conversations/details/query`, {
    interval,
    paging: { pageSize: 100, pageNumber },
    segmentFilters: [{ type: 'and', predicates: [{ dimension: 'segmentEnd', value: interval }] }],
  });
  if (!data.conversations) break;
  for (const conversation of data.conversations) {
    for (const { id, eventType, timestamp, data: fact } of deriveConversation(conversation, 'mask').events) {
      const known = await dynamoDb.send(new GetItemCommand({ TableName: TABLE, Key: { id: { S: id } } }));
      if (known.Item) continue;
      await eventBridge.send(
        new PutEventsCommand({
          Entries: [
            {
              EventBusName: 'genesys-outbound-events',
              Source: 'com.genesys.cloud.outbound',
              DetailType: eventType,
              Detail: JSON.stringify({ metadata: { id, idempotencyKey: id }, data: fact }),
              Time: new Date(timestamp),
            },
          ],
        }),
      );
      const ttl = String(Math.ceil(Date.now() / 1_000) + 7 * 86_400);
      await dynamoDb.send(new PutItemCommand({ TableName: TABLE, Item: { id: { S: id }, ttl: { N: ttl } } }));
    }
  }
}
