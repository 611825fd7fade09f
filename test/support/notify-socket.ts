import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A stand-in for systemd's end of the notification protocol. */
export interface NotifySocket {
  /** For NOTIFY_SOCKET. */
  readonly path: string;
  /** The messages so far, each with its assignments. */
  readonly messages: readonly Readonly<Record<string, string>>[];
  /** Resolves with the first message, past or to come, that the test is waiting for. */
  message(matches: (message: Readonly<Record<string, string>>) => boolean): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

/**
 * Node has no datagram sockets of the kind systemd listens on; Perl, which every Debian has, does. A message
 * a line.
 */
const LISTENER = `use strict; use Socket; $| = 1;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die; bind($s, pack_sockaddr_un($ARGV[0])) or die; print "listening\\n";
while (defined recv($s, my $m, 65536, 0)) { $m =~ s/\\n/\\t/g; print "$m\\n"; }`;

const works = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;

/** Why the real protocol cannot be spoken on this machine; undefined if it can. */
export const cannotNotify =
  works('systemd-notify', '--version') && works('perl', '-MSocket', '-e', '1')
    ? undefined
    : 'systemd-notify and perl are not both on this machine';

/**
 * Listens on a new socket. systemd-notify waits until its message has been taken, as it does with systemd.
 */
export async function startNotifySocket(): Promise<NotifySocket> {
  const folder = await mkdtemp(join(tmpdir(), 'genesys-poller-notify-'));
  const path = join(folder, 'notify');
  const listener = spawn('perl', ['-e', LISTENER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const messages: Readonly<Record<string, string>>[] = [];
  const waiting = new Set<() => void>();
  const lines = createInterface({ input: listener.stdout });
  await once(lines, 'line');
  lines.on('line', (line) => {
    // systemd-notify's own end of a message, which systemd answers by closing a file descriptor.
    if (line.startsWith('BARRIER=')) return;
    messages.push(Object.fromEntries(line.split('\t').map((one) => one.split(/=(.*)/s).slice(0, 2))));
    for (const look of waiting) look();
  });
  return {
    path,
    messages,
    message: (matches) =>
      new Promise((resolve) => {
        const look = () => {
          const found = messages.find(matches);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    close: () => end(listener).then(() => rm(folder, { recursive: true })),
  };
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}
