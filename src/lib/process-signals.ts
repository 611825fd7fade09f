/** Acts on SIGINT or SIGTERM. */
type OnSignal = (name: NodeJS.Signals) => void;

const handlers: OnSignal[] = [];
const onSignal: OnSignal = (name) => handlers.at(-1)?.(name);

/**
 * The latest handler acts on SIGINT and SIGTERM until it is released; then the one before it acts again.
 * There is no gap between two handlers in which a signal would kill the process.
 */
export function handleSignals(handler: OnSignal): () => void {
  if (handlers.length === 0) for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);
  handlers.push(handler);
  return () => {
    const place = handlers.lastIndexOf(handler);
    if (place >= 0) handlers.splice(place, 1);
    if (handlers.length === 0) for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal);
  };
}
