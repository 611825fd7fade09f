import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { HttpCrm } from './crm.ts';
import { createPowertoolsHandler } from './powertools.ts';

const DAY_SECONDS = 86_400;

/** What Lambda calls. The same without Powertools: `createRecordFirstHandler` in its place. */
export const handler = createPowertoolsHandler({
  crm: new HttpCrm(setting('CRM_URL')),
  client: new DynamoDBClient({}),
  table: setting('RECORDS_TABLE'),
  rememberSeconds: Number(setting('REMEMBER_DAYS')) * DAY_SECONDS,
});

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}
