import test from 'ava';
import { ndjsonSink } from '../../src/app/ndjson-sink.ts';
import { entryBytes } from '../../src/aws/entry-size.ts';
import { testContext } from '../support/request-context.ts';
import { type Arrived, conformAsSink, entry } from '../support/sink-conformance.ts';

conformAsSink(async () => {
  const { sink, written } = open();
  return { sink, arrived: () => written.join('').split('\n').filter(Boolean).map(asArrived) };
});

test('an event is a line of JSON in the form in which EventBridge delivers it, its detail as it would be sent', async (t) => {
  const { sink, written } = open();
  const one = entry('a');
  await sink.put([one, one], testContext());
  const lines = written.join('').split('\n');
  t.is(lines.length, 3);
  t.is(lines[2], '');
  t.deepEqual(JSON.parse(lines[0] ?? ''), {
    source: 'com.genesys.cloud.outbound',
    'detail-type': 'conversationEnded',
    time: '2026-11-20T10:00:00.123Z',
    detail: JSON.parse(one.detail),
  });
});

test('lines that cannot be written reject the call: none of its entries counts as published', async (t) => {
  const closed = new Error('the pipe is closed');
  const { sink } = open(() => {
    throw closed;
  });
  t.is(await t.throwsAsync(sink.put([entry('a')], testContext())), closed);
});

function open(write?: (lines: string) => void) {
  const written: string[] = [];
  const sink = ndjsonSink({
    name: 'standard output',
    maxRequestBytes: 262_144,
    sizeOf: entryBytes,
    write: write ?? ((lines) => void written.push(lines)),
  });
  return { sink, written };
}

function asArrived(line: string): Arrived {
  const { source, 'detail-type': detailType, time } = JSON.parse(line);
  return { source, detailType, time: Date.parse(time), detail: line.slice(line.indexOf('"detail":') + 9, -1) };
}
