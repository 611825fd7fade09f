import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** The operations that dynalite lacks: it knows the second one, and always answers DISABLED. */
const OPERATION = /\.(UpdateTimeToLive|DescribeTimeToLive)$/;

interface Body {
  readonly TableName: string;
  readonly TimeToLiveSpecification?: { readonly Enabled: boolean; readonly AttributeName: string };
}

/**
 * Makes a dynalite remember which attribute of a table is its time to live, so that `setup` and `check` find
 * what they need. It deletes nothing: a sandbox ends long before anything expires.
 */
export function rememberTimeToLive(server: Server): void {
  const attributes = new Map<string, string>();
  const [others] = server.listeners('request') as [(request: IncomingMessage, response: ServerResponse) => void];
  server.removeListener('request', others);
  server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
    if (!OPERATION.test(String(request.headers['x-amz-target']))) return others(request, response);
    const body = JSON.parse(await text(request)) as Body;
    const { TableName: table, TimeToLiveSpecification: wanted } = body;
    if (wanted?.Enabled) attributes.set(table, wanted.AttributeName);
    else if (wanted) attributes.delete(table);
    const attribute = attributes.get(table);
    const description =
      attribute === undefined
        ? { TimeToLiveStatus: 'DISABLED' }
        : { TimeToLiveStatus: 'ENABLED', AttributeName: attribute };
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.setHeader('x-amzn-requestid', randomUUID());
    response.end(JSON.stringify(wanted ? { TimeToLiveSpecification: wanted } : { TimeToLiveDescription: description }));
  });
}
