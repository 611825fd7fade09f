import test from 'ava';
import { requestsPerMinute } from '../../src/domain/request-plan.ts';

const PLAN = {
  pollsPerMinute: 2,
  queries: 2,
  conversationsPerPoll: 0,
  eventLog: true,
  reconciliationsPerMinute: 1 / 60,
};

test('a poll that finds nothing asks each query once, and the event log', (t) => {
  t.is(requestsPerMinute(PLAN), 2 * (2 + 1) + 1 / 60);
});

test('each query reads page by page, and once more to see that there is no more', (t) => {
  t.is(requestsPerMinute({ ...PLAN, conversationsPerPoll: 1, eventLog: false, reconciliationsPerMinute: 0 }), 8);
  t.is(requestsPerMinute({ ...PLAN, conversationsPerPoll: 100, eventLog: false, reconciliationsPerMinute: 0 }), 8);
  t.is(requestsPerMinute({ ...PLAN, conversationsPerPoll: 101, eventLog: false, reconciliationsPerMinute: 0 }), 12);
});

test('what is not polled asks nothing', (t) => {
  t.is(requestsPerMinute({ ...PLAN, queries: 0, eventLog: false, reconciliationsPerMinute: 0 }), 0);
});
