import { startDatabase } from '../../src/sandbox/aws/database.ts';
import { backfillRuns } from './backfill-conformance.ts';
import { conform } from './dynamo-conformance.ts';
import { operatorState } from './operator-conformance.ts';
import { pollerState } from './poller-state-conformance.ts';

conform(async () => ({ ...(await startDatabase()), timeToLive: false }), operatorState, backfillRuns, pollerState);
