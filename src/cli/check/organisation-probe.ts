import type { Tables } from '../../app/tables.ts';
import type { Config } from '../../config/config.ts';
import type { Environment } from '../../domain/environment.ts';
import { createGenesysClient } from '../../genesys/client.ts';
import { GenesysTokenOwner } from '../../genesys/token-owner.ts';
import { axiosTransport } from '../../genesys/transport.ts';
import { describeOwnership } from '../../pipeline/ownership.ts';
import type { Clock } from '../../ports/clock.ts';
import { SILENT } from '../../ports/log.ts';
import type { Probe } from './probe.ts';

/** Whether the poller's name belongs to the organisation of its client. Binds nothing. */
export function organisationProbe(
  { poller, genesys }: Config,
  { state }: Tables,
  clock: Clock,
  env: Environment,
): Probe {
  const transport = axiosTransport({ requestTimeout: genesys.requestTimeout, env });
  const client = createGenesysClient({ ...genesys, clock, log: SILENT, transport });
  const owner = new GenesysTokenOwner({ ...genesys, client });
  const ownership = { poller: poller.name, owner, item: state.organisation };
  return {
    id: 'poller.name',
    tests: `the organisation of the name ${poller.name}`,
    needs: ['genesys.apiHost', 'genesys.login', 'table.state', 'table.state.access'],
    async run(context) {
      return { outcome: 'passed', found: await describeOwnership(ownership, context) };
    },
  };
}
