import { PAGES } from './pages.ts';

/**
 * What follows the list of options in a command's `--help`: what it does beyond its one line, and examples.
 */
export const HELP: Readonly<Record<string, string>> = {
  'genesys-poller': `
Exit codes: 0 done, 1 failed at run time, 2 wrong usage, 78 configuration invalid.

Examples:
  genesys-poller sandbox                                see it work, without any account
  genesys-poller check --config genesys-poller.yaml     before the first start
  genesys-poller help COMMAND                           examples of every command
  genesys-poller help operations                        a page of the documentation`,

  run: `
Ends cleanly with SIGTERM or Ctrl-C, within poller.shutdownTimeout; a second signal ends it at once.

Examples:
  genesys-poller run --config /etc/genesys-poller.yaml
  GENESYS_POLLER_CONFIG=/etc/genesys-poller.yaml genesys-poller run`,

  once: `
Exits with 1 if a stream could not be caught up. Waits for the lease of a poller that has crashed; while
another poller is running, it fails.

Examples:
  genesys-poller once --config genesys-poller.yaml
  genesys-poller once --config genesys-poller.yaml | jq 'select(.event == "cycle.completed") | .published'`,

  peek: `
A line of JSON an event, in the form in which EventBridge delivers it: source, detail-type, time, detail.
Needs neither AWS nor the tables and writes nothing anywhere; so it knows nothing of what was published
before. It sends Genesys at most 60 requests a minute, beside those of a running poller. What goes wrong is
reported on standard error.

Examples:
  genesys-poller peek --config genesys-poller.yaml                       from now on, until Ctrl-C
  genesys-poller peek --since 1h | jq -r '.["detail-type"]' | sort | uniq -c
  genesys-poller peek --since 2026-01-31T08:00:00Z --follow | jq '.detail.data'`,

  check: `
A line for each probe: ✓ passed, ✗ failed with its remedy, ! a warning with its remedy, – not tested and why.
Nothing is changed anywhere, and each probe ends within 30 s. events:PutEvents is tested with one entry whose
Detail is not JSON: EventBridge looks whether the call is allowed before it refuses that entry, and nothing
gets on the bus. A warning leaves the exit code at 0.

Examples:
  genesys-poller check --config genesys-poller.yaml
  genesys-poller check --json | jq -r '.probes[] | select(.outcome == "failed") | .remedy'
  genesys-poller check --offline && systemctl reload genesys-poller`,

  setup: `
May be repeated at any time. Needs no Genesys credentials. Never alters what exists: where that does not
serve, it says what to do and exits with 1.

Examples:
  genesys-poller setup --config genesys-poller.yaml --dry-run
  genesys-poller setup --config genesys-poller.yaml`,

  backfill: `
Publishes what is missing of a past period: what is in the dedup table is not published again. The period has
to lie before what Genesys's data lake guarantees, hours to a full day ago, and before what a running daemon
has read. An event that is older than the deduplication period is published only with --allow-repeats: it may
be a repeat.

Windows of six hours, oldest first. The same command with the same two timestamps resumes a run that ended
early, after the last finished window. Exits with 0 only when all of the period is done. One backfill at a
time.

Genesys allows a client 300 requests a minute, those of all its processes together. A daemon running at the
same time keeps to genesys.requestsPerMinute; unless --requests-per-minute says otherwise, the backfill takes
what that leaves, and never less than 30. Without a daemon it may have all 300.

Examples:
  genesys-poller backfill --from 3d --to 2d
  genesys-poller backfill --from 2026-01-31T08:00:00Z --to 2026-01-31T20:00:00Z --requests-per-minute 100
  genesys-poller backfill --from 30d --to 20d --allow-repeats`,

  audit: `
Reads the conversations of a past period through the jobs API, as configured (scope, include), and compares
each of their events with the dedup table: published, missing, a dead letter, not due yet, from before the
poller began, or too old to tell. Stops where Genesys's data lake is not complete yet, hours to a full day
ago. Changes nothing anywhere.

With --repair what is missing is published, on the way of every event: its ID is looked up once more, and
recorded when EventBridge has accepted it. One backfill or repair at a time.

Exits with 0 if nothing is missing (any more), with 1 if something is. The dialer's event log cannot be
audited.

Examples:
  genesys-poller audit --from 3d --to 6h
  genesys-poller audit --from 2026-01-31T08:00:00Z --to 2026-01-31T20:00:00Z --json | jq -r '.missing[].id'
  genesys-poller audit --from 3d --to 6h --repair`,

  health: `
Looks at the heartbeat file alone: no network, no secrets. Exits with 0 while the poller works, or waits for
Genesys or AWS to come back, and with 1 when it does neither.

Examples:
  genesys-poller health --config genesys-poller.yaml
  genesys-poller health --file /run/genesys-poller/heartbeat`,

  status: `
Needs the tables only, not Genesys. AGE is how long ago the holder renewed its lease, by the holder's clock
and this host's: no better than the two agree. LAST CYCLE and PUBLISHED come with the lease's renewals: up to
a third of lease.duration late. Dead letters are counted up to 1000.

Examples:
  genesys-poller status --config genesys-poller.yaml
  genesys-poller status --watch 10s
  genesys-poller status --json | jq '.streams[] | select(.lagSeconds > 600)'`,

  checkpoint: `
Examples:
  genesys-poller checkpoint get
  genesys-poller checkpoint set conversations 2h
  genesys-poller checkpoint set --help`,

  'checkpoint get': `
Examples:
  genesys-poller checkpoint get
  genesys-poller checkpoint get conversations --json | jq -r .conversations.watermark`,

  'checkpoint set': `
Works while no poller runs: it acquires the stream's lease, waiting for that of a crashed poller to end, and
releases it. Back is always safe: what is read again and was published is known by its ID for as long as
dedup.ttl lasts. Forward, past what has not been read, is a gap: it needs --allow-gap and is logged as
gap.detected with both ends.

Examples:
  genesys-poller checkpoint set conversations 2h                            two hours back
  genesys-poller checkpoint set conversations 2026-01-31T08:00:00Z --yes
  genesys-poller checkpoint set event-log now --allow-gap`,

  'dead-letters': `
Examples:
  genesys-poller dead-letters list
  genesys-poller dead-letters show 3f9a1c
  genesys-poller dead-letters redrive --help`,

  'dead-letters list': `
Examples:
  genesys-poller dead-letters list
  genesys-poller dead-letters list --json | jq -r .reason | sort | uniq -c`,

  'dead-letters show': `
Examples:
  genesys-poller dead-letters show 3f9a1c
  genesys-poller dead-letters show 3f9a1c | jq .content.detail.data`,

  'dead-letters redrive': `
An event keeps its ID and its data. It stays a dead letter until EventBridge has accepted it and its ID is
recorded; one whose ID is recorded already is not published again. IDs are forgotten after dedup.ttl, so an
event that is about as old stays a dead letter unless you --allow-repeats. A record, in which no event could be
identified, cannot be redriven: once this program understands it, checkpoint set or backfill derives its
events.

Works while no poller does, so that no other publishes one of the events at the same moment. With
--while-polling it runs beside a poller: if both publish an event in the same second, consumers get it twice,
under one ID.

Examples:
  genesys-poller dead-letters redrive 3f9a1c
  genesys-poller dead-letters redrive --yes                                all events
  genesys-poller dead-letters redrive --stream event-log --while-polling`,

  'dead-letters drop': `
A poller that meets the same record again, after a restart, stores it again.

Examples:
  genesys-poller dead-letters drop 3f9a1c
  genesys-poller dead-letters drop 3f9a1c 77b2d0 --yes
  genesys-poller dead-letters drop --all --stream event-log`,

  report: `
Reads the log that the poller writes where standard output is not a terminal, as it is or as journald, Docker,
Kubernetes and CloudWatch wrap it, and writes one HTML page: plots over time, failures with their remedies,
gaps, dead letters. The page needs no network and no server. Needs no configuration. Broken lines are counted
and left out.

Examples:
  journalctl -u genesys-poller -o cat | genesys-poller report > report.html
  genesys-poller report poller.log poller.log.1.gz --out report.html
  genesys-poller report poller.log --since 24h --out report.html
  genesys-poller report poller.log --since 2026-01-31T08:00:00Z --until 2026-01-31T20:00:00Z --out report.html`,

  schema: `
Without options: of the whole event as EventBridge delivers it, in the dialect that its schema registry takes
as JSONSchemaDraft4. With --type: of what is under detail in events of that type. Needs no configuration and
no network.

Examples:
  genesys-poller schema > genesys-event.json
  genesys-poller schema --type dispositionSet | jq .properties.data.required
  genesys-poller schema --asyncapi > asyncapi.yaml`,

  completion: `
The packages for Linux install these scripts. Needs no configuration.

Examples:
  eval "$(genesys-poller completion bash)"                                   in ~/.bashrc
  genesys-poller completion zsh > ~/.zfunc/_genesys-poller                   with ~/.zfunc in fpath
  genesys-poller completion fish > ~/.config/fish/completions/genesys-poller.fish`,

  help: `
Pages: ${PAGES.join(', ')}.

Examples:
  genesys-poller help dead-letters
  genesys-poller help checkpoint set
  genesys-poller help configuration                     every key
  genesys-poller help troubleshooting | less            every code of a failure`,

  sandbox: `
It ends after --for, or cleanly with Ctrl-C, and prints a verdict. It exits with 0 only if nothing was lost.

Examples:
  genesys-poller sandbox
  genesys-poller sandbox --for 1h
  genesys-poller sandbox --kill-every 7s
  genesys-poller sandbox --report report.html
  genesys-poller sandbox --kill-every 7s --bus v2
  genesys-poller sandbox --seed 42`,
};
