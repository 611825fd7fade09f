import type { Config } from '../config/config.ts';
import { createGenesysClient, type GenesysClient } from '../genesys/client.ts';
import { RequestBudget } from '../genesys/request-budget.ts';
import { ServerClock } from '../genesys/server-clock.ts';
import { traced } from '../genesys/traced.ts';
import { axiosTransport } from '../genesys/transport.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RequestBudgetUse } from '../ports/request-budget.ts';

/** The connection of a process to Genesys. */
export interface GenesysConnection {
  /** The trusted time of the process, shared by all its clients. */
  readonly time: ServerClock;
  /** How much of the request budget the process uses, all its clients together. */
  readonly budget: RequestBudgetUse;
  /** The client for these settings: the same as before, with its token, unless the connection has changed. */
  genesys(settings: Config['genesys']): GenesysClient;
}

/** One request budget for the whole process: a client for other settings goes on with it. */
export function connectGenesys({ requestsPerMinute }: Config['genesys'], log: Log, clock: Clock): GenesysConnection {
  const time = new ServerClock(clock, log);
  const budget = new RequestBudget(requestsPerMinute, clock);
  let made: { readonly connection: string; readonly client: GenesysClient } | undefined;
  return {
    time,
    budget,
    genesys(settings) {
      const { requestsPerMinute: limit, ...connection } = settings;
      budget.limitTo(limit);
      const described = JSON.stringify(connection);
      if (made?.connection !== described) {
        const transport = traced(axiosTransport({ requestTimeout: settings.requestTimeout }), log, clock);
        const client = createGenesysClient({ ...settings, budget, time, clock, log, transport });
        made = { connection: described, client };
      }
      return made.client;
    },
  };
}
