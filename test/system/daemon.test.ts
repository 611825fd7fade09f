import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import type { PageData } from '../../src/report/page-data.ts';
import { setStage } from '../support/stage.ts';

test('SIGTERM in the middle of catching up ends the daemon in order: exit code 0, nothing lost, nothing repeated', async (t) => {
  const stage = await setStage({ world: { historyMs: 24 * 3_600_000 } });
  t.teardown(stage.close);
  await stage.run(['setup']);

  const daemon = stage.start(['run'], { AWS_ACCOUNT_ID: '123456789012' });
  await daemon.line(({ event }) => event === 'cycle.completed');
  const started = daemon.lines.find(({ event }) => event === 'daemon.started');
  t.like(started, {
    node: process.versions.node,
    configFile: stage.configFile,
    awsRegion: 'us-east-1',
    awsAccount: '123456789012',
  });
  t.regex(String(started?.version), /^\d+\.\d+\.\d+/);
  daemon.process.kill('SIGTERM');
  const ended = await daemon.ended;
  t.is(ended.code, 0, ended.stderr);
  t.deepEqual(
    ended.lines.slice(-1).map(({ event }) => event),
    ['daemon.stopped'],
  );
  t.true(stage.verdict().lost.length > 0, 'it was not in the middle');

  const rest = await stage.run(['once']);
  t.is(rest.code, 0, rest.stdout);
  const { lost, repeated } = stage.verdict();
  t.deepEqual({ lost, repeated }, { lost: [], repeated: 0 });
});

test('a daemon killed with SIGKILL and started again loses nothing', async (t) => {
  const stage = await setStage({ world: { historyMs: 24 * 3_600_000 } });
  t.teardown(stage.close);
  await stage.run(['setup']);

  for (const cycles of [1, 4, 9]) {
    const daemon = stage.start(['run'], stage.shortLease);
    await daemon.line(({ event }) => event === 'cycle.completed' && daemon.lines.length > cycles);
    daemon.process.kill('SIGKILL');
    t.is((await daemon.ended).signal, 'SIGKILL');
  }
  const rest = await stage.run(['once']);
  t.is(rest.code, 0, rest.stdout);
  const { lost, invented } = stage.verdict();
  t.deepEqual({ lost, invented }, { lost: [], invented: [] });
});

test('the daemon outlasts a Genesys that is down, and goes on by itself when it is back', async (t) => {
  const stage = await setStage();
  t.teardown(stage.close);
  await stage.run(['setup']);
  stage.simulator.faults.add(...Array.from({ length: 5 }, () => ({ answer: { status: 503 } })));

  const daemon = stage.start(['run']);
  await daemon.line(({ event, caughtUp }) => event === 'cycle.completed' && caughtUp === true);
  daemon.process.kill('SIGTERM');
  t.is((await daemon.ended).code, 0);
  t.deepEqual(stage.verdict().lost, []);
});

test('the sandbox proves on this machine that nothing is lost, and writes the page of its run', async (t) => {
  const stage = await setStage();
  t.teardown(stage.close);
  const page = join(dirname(stage.configFile), 'report.html');
  const sandbox = await stage.run(['sandbox', '--for', '6s', '--report', page]);
  t.is(sandbox.code, 0, sandbox.stdout + sandbox.stderr);
  t.regex(sandbox.stdout, /lost 0 \/ repeated 0/);
  t.regex(sandbox.stdout, /agentCallConnected +\d+/);
  t.true(sandbox.stdout.includes(`the run as a page: ${page}`));
  const { series } = JSON.parse(/id="data">(.*?)<\/script>/.exec(readFileSync(page, 'utf8'))?.[1] ?? '') as PageData;
  const published = series.flatMap(({ sums }) => sums.published ?? []).reduce((sum, one) => sum + one, 0);
  t.is(published, Number(/^ +events +(\d+)$/m.exec(sandbox.stdout)?.[1]));
});

test('a sandbox that could not write its page in the end does not begin', async (t) => {
  const stage = await setStage();
  t.teardown(stage.close);
  const { code, stdout, stderr } = await stage.run(['sandbox', '--report', '/nonexistent/report.html']);
  t.is(code, 2);
  t.is(stdout, '');
  t.regex(stderr, /^genesys-poller: The report cannot be written: ENOENT/);
});
