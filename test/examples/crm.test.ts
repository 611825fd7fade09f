import { startDatabase } from '../../src/sandbox/aws/database.ts';
import { conform } from './crm-conformance.ts';

conform(async () => ({ ...(await startDatabase()), timeToLive: false }));
