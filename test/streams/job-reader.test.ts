import test from 'ava';
import { Failure, type FailureCode } from '../../src/domain/failure.ts';
import { JobReader, type RunningJob } from '../../src/streams/job-reader.ts';
import { at, HOUR, MINUTE, SECOND } from '../pipeline/fixture.ts';
import { FakeJobs, span } from '../support/fake-jobs.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { testContext } from '../support/request-context.ts';
import { fails, trouble } from '../support/wire.ts';

function desk(options: { autoAdvance?: boolean } = {}) {
  const clock = new ManualClock('2026-11-20T10:00:00.000Z', options);
  const log = recordedLog();
  const jobs = new FakeJobs(clock);
  jobs.pagesOf = (window) => [{ conversations: [span(window)] }];
  const reader = new JobReader({ jobs, clock, log, stream: 'reconciliation' });
  const remembered: RunningJob[] = [];
  /** Reads from midnight to a time of the day. */
  const read = async (
    end: string,
    more: { running?: RunningJob; signal?: AbortSignal; remember?: () => never } = {},
  ) => {
    const pages: unknown[] = [];
    const remember = async (job: RunningJob) => {
      more.remember?.();
      remembered.push(job);
    };
    const reading = { window: { start: at('00:00'), end: at(end) }, running: more.running, remember };
    for await (const page of reader.read(reading, testContext(more.signal))) pages.push(...page);
    return pages;
  };
  return { clock, log, jobs, reader, remembered, read };
}

test('a window is read in pieces of six hours, oldest first, one job at a time', async (t) => {
  const { jobs, read } = desk();
  t.deepEqual(await read('14:00'), ['20T00:00–20T06:00', '20T06:00–20T12:00', '20T12:00–20T14:00']);
  t.deepEqual(jobs.asked, [
    'submit 20T00:00–20T06:00',
    'look job-1',
    'results job-1',
    'submit 20T06:00–20T12:00',
    'look job-2',
    'results job-2',
    'submit 20T12:00–20T14:00',
    'look job-3',
    'results job-3',
  ]);
});

test('a job is waited for with growing pauses, in the end ten seconds', async (t) => {
  const { clock, jobs, read } = desk();
  clock.chance = 1;
  jobs.looks = 8;
  await read('06:00');
  t.deepEqual(
    clock.slept,
    [1, 2, 4, 8, 10, 10, 10].map((seconds) => seconds * SECOND),
  );
});

test('every job is remembered with its piece before it is waited for', async (t) => {
  const { jobs, remembered, read } = desk();
  jobs.script(
    'look',
    () => void t.is(remembered.length, 1),
    () => void t.is(remembered.length, 2),
  );
  await read('12:00');
  t.deepEqual(remembered, [
    { id: 'job-1', piece: { start: at('00:00'), end: at('06:00') } },
    { id: 'job-2', piece: { start: at('06:00'), end: at('12:00') } },
  ]);
});

for (const code of ['genesys.job', 'genesys.rejected', 'genesys.tooManyResults'] as const) {
  for (const step of ['submit', 'look', 'results'] as const) {
    test(`${code} at ${step}: half the piece is asked for, and pieces grow again with success`, async (t) => {
      const { jobs, log, read } = desk();
      jobs.script(step, fails(trouble(code)), fails(trouble(code)));
      await read('12:00');
      t.deepEqual(jobs.of('submit'), [
        '20T00:00–20T06:00',
        '20T00:00–20T03:00',
        '20T00:00–20T01:30',
        '20T01:30–20T04:30',
        '20T04:30–20T10:30',
        '20T10:30–20T12:00',
      ]);
      t.like(log.lines, [
        { level: 'warn', event: 'job.resubmitted', code, pieceEnd: '2026-11-20T06:00:00.000Z' },
        { level: 'warn', event: 'job.resubmitted', code, pieceEnd: '2026-11-20T03:00:00.000Z' },
      ]);
      t.deepEqual(jobs.of('cancel'), []);
    });
  }
}

test('a piece of less than two minutes is not halved any more: the failure is passed on', async (t) => {
  const { jobs, read } = desk();
  const refused = Array.from({ length: 20 }, () => fails(trouble('genesys.rejected')));
  jobs.script('submit', ...refused);
  await t.throwsAsync(read('12:00'), { instanceOf: Failure, message: /It did not work/ });
  t.deepEqual(jobs.of('submit').length, 9);
});

test('a failure that is none of the job’s is passed on, and the job left for the next reader', async (t) => {
  for (const code of ['genesys.unreachable', 'genesys.permission', 'genesys.throttled'] satisfies FailureCode[]) {
    const { jobs, read } = desk();
    jobs.script('look', fails(trouble(code)));
    t.is((await t.throwsAsync(read('12:00'), { instanceOf: Failure })).code, code);
    t.deepEqual(jobs.asked, ['submit 20T00:00–20T06:00', 'look job-1']);
  }
});

test('a defect is no reason to try smaller pieces', async (t) => {
  const { jobs, read } = desk();
  jobs.script('results', fails(new TypeError('x is not a function')));
  await t.throwsAsync(read('12:00'), { instanceOf: TypeError });
});

test('a job that is running already is gone on with, not submitted anew', async (t) => {
  const { jobs, remembered, read } = desk();
  const running = { id: 'job-1', piece: { start: at('00:00'), end: at('02:00') } };
  jobs.submitted('job-1', running.piece);
  t.deepEqual(await read('05:00', { running }), ['20T00:00–20T02:00', '20T02:00–20T05:00']);
  t.deepEqual(jobs.of('submit'), ['20T02:00–20T05:00']);
  t.deepEqual(
    remembered.map(({ id }) => id),
    ['job-2'],
  );
});

test('a resumed job that has expired is submitted again over the first half of its piece', async (t) => {
  const { jobs, read } = desk();
  const running = { id: 'job-1', piece: { start: at('00:00'), end: at('02:00') } };
  jobs.submitted('job-1', running.piece);
  jobs.script('look', fails(trouble('genesys.job')));
  t.deepEqual(await read('05:00', { running }), ['20T00:00–20T01:00', '20T01:00–20T03:00', '20T03:00–20T05:00']);
});

test('a resumed job that has expired is submitted again even over a piece too short to be halved', async (t) => {
  const { jobs, log, read } = desk();
  const running = { id: 'job-1', piece: { start: at('00:00'), end: at('00:01') } };
  jobs.submitted('job-1', running.piece);
  jobs.script('look', fails(trouble('genesys.job')));
  t.deepEqual(await read('00:01', { running }), ['20T00:00–20T00:01']);
  t.regex(log.lines[0]?.msg ?? '', /its period is requested again/);
});

test('a job just submitted over so short a piece is not asked for again at once: the failure is passed on', async (t) => {
  const { jobs, read } = desk();
  jobs.script('look', fails(trouble('genesys.job')));
  await t.throwsAsync(read('00:01'), { instanceOf: Failure });
  t.is(jobs.of('submit').length, 1);
});

test('a result from before the lake was complete is not believed', async (t) => {
  const { jobs, log, read } = desk();
  const complete = jobs.pagesOf;
  let first = true;
  jobs.pagesOf = (window) => {
    if (!first) return complete(window);
    first = false;
    return [{ conversations: ['of no use'], guaranteed: window.end - 1 }];
  };
  t.deepEqual(await read('06:00'), ['20T00:00–20T03:00', '20T03:00–20T06:00']);
  t.regex(log.lines[0]?.msg ?? '', /is not complete: it reaches to .*06:00:00.000Z, and .* only up to .*05:59:59.999Z/);
});

test('a result that is complete to the very end of its piece is believed', async (t) => {
  const { jobs, read } = desk();
  jobs.pagesOf = ({ end }) => [{ conversations: ['good'], guaranteed: end }];
  t.deepEqual(await read('06:00'), ['good']);
});

test('on stop a job is waited for no longer, and left for the next process', async (t) => {
  const { clock, jobs, read } = desk({ autoAdvance: false });
  jobs.looks = 100;
  const stop = new AbortController();
  const reading = read('06:00', { signal: stop.signal });
  await clock.advance(30 * SECOND);
  stop.abort(new Error('stopped by SIGTERM'));
  await t.throwsAsync(reading, { message: 'stopped by SIGTERM' });
  t.deepEqual(jobs.of('cancel'), []);
});

test('a job that cannot be stored is useless, and is cancelled', async (t) => {
  const { jobs, read } = desk({ autoAdvance: false });
  const stop = new AbortController();
  const reading = read('06:00', {
    signal: stop.signal,
    remember: () => {
      stop.abort(new Error('stopped by SIGTERM'));
      throw stop.signal.reason;
    },
  });
  await t.throwsAsync(reading, { message: 'stopped by SIGTERM' });
  t.deepEqual(jobs.asked, ['submit 20T00:00–20T06:00', 'cancel job-1']);
});

test('a job that takes more than an hour is cancelled, and its piece read in halves', async (t) => {
  const { clock, jobs, log, read } = desk({ autoAdvance: false });
  jobs.looks = 1_000;
  const reading = read('06:00');
  await clock.advance(HOUR - MINUTE);
  t.deepEqual(jobs.of('cancel'), []);
  await clock.advance(2 * MINUTE);
  t.deepEqual(jobs.of('cancel'), ['job-1']);
  jobs.looks = 1;
  await clock.advance(MINUTE);
  t.deepEqual(await reading, ['20T00:00–20T03:00', '20T03:00–20T06:00']);
  t.regex(log.lines[0]?.msg ?? '', /has not finished the job job-1 within 60 minutes/);
});

test('a job that cannot be cancelled, or not within five seconds, ends by itself', async (t) => {
  const unable = desk({ autoAdvance: false });
  unable.jobs.script('cancel', fails(trouble('genesys.unreachable')));
  const remember = fails(new Error('no table'));
  await t.throwsAsync(unable.read('06:00', { remember }), { message: 'no table' });
  t.like(unable.log.lines, [{ level: 'debug', event: 'job.cancelFailed', jobId: 'job-1' }]);

  const silent = desk({ autoAdvance: false });
  silent.jobs.script('cancel', ({ signal }) => {
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  const reading = silent.read('06:00', { remember });
  reading.catch(() => undefined);
  await silent.clock.advance(4_999);
  t.deepEqual(silent.log.lines, []);
  await silent.clock.advance(1);
  await t.throwsAsync(reading, { message: 'no table' });
  t.regex(silent.log.lines[0]?.msg ?? '', /no answer within 5 s/);
});

test('what a job cannot bring is read in halves, and after an hour of the shortest piece passed, with a gap that is reported', async (t) => {
  for (const code of ['genesys.incomplete', 'genesys.endless', 'genesys.tooLarge'] as const) {
    const { clock, jobs, log, read } = desk();
    jobs.pagesOf = (window) => {
      if (window.start === at('00:00')) throw new Failure({ code, what: 'Missing', why: 'a test', remedy: 'None' });
      return [{ conversations: [span(window)] }];
    };
    t.is((await t.throwsAsync(read('00:04'), { instanceOf: Failure })).code, code);
    await clock.sleep(HOUR - MINUTE);
    await t.throwsAsync(read('00:04'), { instanceOf: Failure });
    await clock.sleep(MINUTE);
    t.deepEqual(await read('00:04'), ['20T00:01–20T00:02', '20T00:02–20T00:04']);
    t.like(
      log.lines.find(({ event }) => event === 'gap.detected'),
      { level: 'error', code, gapStart: '2026-11-20T00:00:00.000Z', gapEnd: '2026-11-20T00:01:00.000Z' },
    );
  }
});

/** Jobs over conversations of which one cannot be read as long as it lives. */
function unreadable(from: string, to: string) {
  const { clock, jobs, log, read } = desk();
  const isMended = { value: false };
  jobs.pagesOf = (window) => {
    const isMet = window.start < at(to) && window.end > at(from);
    if (isMet && !isMended.value) throw tooLarge();
    return [{ conversations: [span(window)] }];
  };
  const gaps = () => log.lines.filter(({ event }) => event === 'gap.detected');
  return { clock, jobs, read, gaps, isMended };
}

const tooLarge = () => new Failure({ code: 'genesys.tooLarge', what: 'Too large', why: 'a test', remedy: 'None' });

test('a long conversation that cannot be read costs one hour, and not one for each piece of its life', async (t) => {
  const { clock, read, gaps } = unreadable('02:00', '03:00');
  await t.throwsAsync(read('06:00'), { instanceOf: Failure });
  await clock.sleep(HOUR);
  const pages = await read('06:00');
  t.regex(String(pages.at(-1)), /–20T06:00$/);
  const first = gaps()[0];
  const last = gaps().at(-1);
  t.true(Date.parse(String(first?.gapStart)) > at('01:58') && Date.parse(String(first?.gapStart)) <= at('02:00'));
  t.true(Date.parse(String(last?.gapEnd)) >= at('03:00') && Date.parse(String(last?.gapEnd)) < at('03:02'));
  t.is(gaps().length, 43);
});

test('an hour begins anew with the next conversation that cannot be read', async (t) => {
  const { clock, jobs, read, gaps } = unreadable('00:00', '00:01');
  await t.throwsAsync(read('00:20'), { instanceOf: Failure });
  await clock.sleep(HOUR);
  await read('00:20');
  const passed = gaps().length;
  const before = jobs.pagesOf;
  jobs.pagesOf = (window) => {
    if (window.end > at('00:15')) throw tooLarge();
    return before(window);
  };
  await t.throwsAsync(read('00:20'), { instanceOf: Failure });
  t.is(gaps().length, passed);
});

test('a piece that was read in between has not been failing for an hour', async (t) => {
  const { clock, read, gaps, isMended } = unreadable('00:00', '00:01');
  await t.throwsAsync(read('00:04'), { instanceOf: Failure });
  isMended.value = true;
  await read('00:04');
  isMended.value = false;
  await clock.sleep(HOUR + MINUTE);
  await t.throwsAsync(read('00:04'), { instanceOf: Failure });
  t.deepEqual(gaps(), []);
});

test('a schedule of every four hours passes what cannot be read in the second cycle', async (t) => {
  const { clock, read, gaps } = unreadable('00:00', '00:01');
  await t.throwsAsync(read('00:04'), { instanceOf: Failure });
  await clock.sleep(4 * HOUR);
  await read('00:04');
  t.is(gaps().length, 1);
});

test('pieces before the one that cannot be read are read in each cycle, and do not prolong its hour', async (t) => {
  const { clock, jobs, read, gaps } = unreadable('00:50', '00:51');
  for (let minutes = 0; minutes < 60; minutes += 30) {
    await t.throwsAsync(read('01:00'), { instanceOf: Failure });
    await clock.sleep(30 * MINUTE);
  }
  await read('01:00');
  t.true(jobs.of('submit').length > 20);
  t.is(new Set(gaps().map(({ gapStart }) => gapStart)).size, 2, 'the minute lies in two pieces');
});
