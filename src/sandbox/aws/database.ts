import { type LoopbackServer, listenOnLoopback } from '../loopback.ts';
import { rememberTimeToLive } from './time-to-live.ts';

/** A running DynamoDB; what it holds ends with it. */
export type Database = LoopbackServer;

export interface DatabaseOptions {
  /** 0, the default: any free one. */
  readonly port?: number;
  /** Answer as if tables had a time to live. Default: refuse to set one, as dynalite does. */
  readonly timeToLive?: boolean;
  /** Loads dynalite. */
  readonly load?: () => Promise<typeof import('dynalite')>;
}

/**
 * How long a table stays in CREATING, milliseconds: long enough to be seen, short enough not to be waited
 * for.
 */
const CREATE_TABLE_MS = 20;

/** The package of the embedded database cannot be loaded. The message says what to do. */
export class DatabaseMissing extends Error {
  override readonly name = 'DatabaseMissing';
}

/**
 * Starts dynalite, in memory. It is an optional dependency of this package: where npm left it out, or its
 * platform is not supported, the error says so.
 */
export async function startDatabase(options: DatabaseOptions = {}): Promise<Database> {
  const { default: dynalite } = await load(options.load ?? (() => import('dynalite')));
  const server = dynalite({ createTableMs: CREATE_TABLE_MS });
  if (options.timeToLive) rememberTimeToLive(server);
  return listenOnLoopback(server, options.port);
}

async function load<T>(importDynalite: () => Promise<T>): Promise<T> {
  try {
    return await importDynalite();
  } catch (cause) {
    throw new DatabaseMissing(
      'The embedded database cannot be loaded: the optional package dynalite is not installed or does not run on this platform. ' +
        'Run `npm install dynalite`, or point AWS_ENDPOINT_URL_DYNAMODB at a DynamoDB',
      { cause },
    );
  }
}
