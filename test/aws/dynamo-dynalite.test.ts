import { startDatabase } from '../../src/sandbox/aws/database.ts';
import { conform } from './dynamo-conformance.ts';

conform(async () => ({ ...(await startDatabase()), timeToLive: false }));
