import test from 'ava';
import type { EventType } from '../../src/domain/catalogue.ts';
import { at, type Conversation, leg, seg, talk, who } from './support/records.ts';
import { seen } from './support/seen.ts';

/**
 * One row for each condition of the catalogue, fulfilled and not: who did it when, `participant/session time
 * qualifier`.
 */
type Row = readonly [promise: string, conversation: Conversation, seen: readonly string[]];

function rule(type: EventType, rows: readonly Row[]): void {
  for (const [promise, conversation, expected] of rows) {
    test(`${type}: ${promise}`, (t) => {
      t.deepEqual(seen(conversation, type), [...expected]);
    });
  }
}

const ended = { disconnectType: 'client' };

rule('conversationStarted', [
  ['a conversation with a start has started', talk([], { conversationStart: at('10:00:00') }), ['/ 10:00:00']],
  ['a conversation without a start has not', talk([], { conversationEnd: at('10:00:00') }), []],
  ['participants alone start nothing', talk([who('agent', [leg([seg('interact', '10:00:00')])])]), []],
]);

rule('conversationEnded', [
  ['a conversation with an end has ended', talk([], { conversationEnd: at('10:09:00') }), ['/ 10:09:00']],
  ['a conversation in progress has not', talk([], { conversationStart: at('10:00:00') }), []],
]);

rule('contactDialed', [
  [
    'a dialing segment has dialled as soon as it starts',
    talk([who('customer', [leg([seg('dialing', '10:00:00')])])]),
    ['p-1/s-1 10:00:00'],
  ],
  [
    'whatever the purpose of its participant',
    talk(
      ['dialer', 'agent', 'acd', 'something-new'].map((purpose, n) =>
        who(purpose, [leg([seg('dialing', '10:00:00')])], { participantId: `p-${n}` }),
      ),
    ),
    ['p-0/s-1 10:00:00', 'p-1/s-1 10:00:00', 'p-2/s-1 10:00:00', 'p-3/s-1 10:00:00'],
  ],
  [
    'each dialing segment is a fact of its own',
    talk([who('customer', [leg([seg('dialing', '10:00:00', '10:00:20'), seg('dialing', '10:05:00')])])]),
    ['p-1/s-1 10:00:00', 'p-1/s-1 10:05:00'],
  ],
  [
    'a dialing segment without a start has not',
    talk([who('customer', [leg([seg('dialing', undefined, '10:00:20')])])]),
    [],
  ],
  [
    'other segments have not',
    talk([who('customer', [leg([seg('contacting', '10:00:00'), seg('interact', '10:00:00')])])]),
    [],
  ],
]);

rule('callAnalyzed', [
  [
    'a session with a disposition name was analysed at its earliest segment',
    talk([
      who('customer', [leg([seg('interact', '10:00:05'), seg('dialing', '10:00:00')], { dispositionName: 'person' })]),
    ]),
    ['p-1/s-1 10:00:00 person'],
  ],
  [
    'whatever the purpose of its participant, once for each session',
    talk([
      who('outbound', [
        leg([seg('dialing', '10:00:00')], { dispositionName: 'busy' }),
        leg([seg('dialing', '10:01:00')], {
          sessionId: 's-2',
          dispositionName: 'disposition.classification.callable.machine',
        }),
      ]),
    ]),
    ['p-1/s-1 10:00:00 busy', 'p-1/s-2 10:01:00 disposition.classification.callable.machine'],
  ],
  [
    'a segment without a start does not count for the earliest',
    talk([who('customer', [leg([seg('dialing'), seg('interact', '10:00:05')], { dispositionName: 'person' })])]),
    ['p-1/s-1 10:00:05 person'],
  ],
  [
    'a session without a disposition name was not',
    talk([who('customer', [leg([seg('dialing', '10:00:00')], { dispositionAnalyzer: 'speech.person' })])]),
    [],
  ],
  [
    'an empty disposition name is none',
    talk([who('customer', [leg([seg('dialing', '10:00:00')], { dispositionName: '' })])]),
    [],
  ],
  [
    'a session without a started segment was not',
    talk([who('customer', [leg([seg('dialing')], { dispositionName: 'busy' })])]),
    [],
  ],
  ['a session without segments was not', talk([who('customer', [leg([], { dispositionName: 'busy' })])]), []],
]);

/** Connections of a role: the same rule for contacts and for agents. */
function connected(type: EventType, mine: readonly string[], others: readonly string[]): void {
  const [purpose] = mine as [string];
  rule(type, [
    ...mine.map(
      (purpose): Row => [
        `a ${purpose} with an interact segment is connected at its start`,
        talk([who(purpose, [leg([seg('alert', '10:00:00'), seg('interact', '10:00:05')])])]),
        ['p-1/s-1 10:00:05'],
      ],
    ),
    ...others.map(
      (purpose): Row => [`a ${purpose} never is`, talk([who(purpose, [leg([seg('interact', '10:00:05')])])]), []],
    ),
    [
      'of several interact segments the earliest counts, wherever it stands',
      talk([
        who(purpose, [
          leg([
            seg('interact', '10:09:00'),
            seg('hold', '10:00:01'),
            seg('interact', '10:00:05', '10:03:00'),
            seg('interact'),
          ]),
        ]),
      ]),
      ['p-1/s-1 10:00:05'],
    ],
    [
      'each session is connected by itself',
      talk([
        who(purpose, [leg([seg('interact', '10:00:05')]), leg([seg('interact', '10:00:05')], { sessionId: 's-2' })]),
      ]),
      ['p-1/s-1 10:00:05', 'p-1/s-2 10:00:05'],
    ],
    [
      'without an interact segment nobody is',
      talk([who(purpose, [leg([seg('alert', '10:00:00', '10:00:30', ended), seg('hold', '10:00:30')])])]),
      [],
    ],
    [
      'an interact segment without a start does not do',
      talk([who(purpose, [leg([seg('alert', '10:00:00'), seg('interact')])])]),
      [],
    ],
  ]);
}

const NEITHER = [
  'acd',
  'ivr',
  'outbound',
  'dialer',
  'voicemail',
  'something-new',
  'Agent',
  'CUSTOMER',
  '',
  'constructor',
  '__proto__',
];
connected('contactConnected', ['customer', 'external'], ['agent', 'user', ...NEITHER]);
connected('agentCallConnected', ['agent', 'user'], ['customer', 'external', ...NEITHER]);

rule('queueEntered', [
  [
    'a queue is entered at the earliest segment of its session, whatever its type',
    talk([who('acd', [leg([seg('interact', '10:00:09'), seg('delay', '10:00:08')])])]),
    ['p-1/s-1 10:00:08'],
  ],
  [
    'once for each session',
    talk([who('acd', [leg([seg('interact', '10:00:09')]), leg([seg('interact', '10:00:10')], { sessionId: 's-2' })])]),
    ['p-1/s-1 10:00:09', 'p-1/s-2 10:00:10'],
  ],
  [
    'a session without a started segment has not been entered',
    talk([who('acd', [leg([seg('interact')]), leg([])])]),
    [],
  ],
  ...['agent', 'customer', 'ivr', 'group', 'ACD', 'toString'].map(
    (purpose): Row => [`a ${purpose} is no queue`, talk([who(purpose, [leg([seg('interact', '10:00:09')])])]), []],
  ),
]);

rule('queueExited', [
  [
    'each ended and disconnected segment leaves the queue, whatever its type',
    talk([
      who('acd', [
        leg([seg('delay', '10:00:00', '10:00:10', ended), seg('something-new', '10:00:10', '10:00:30', ended)]),
      ]),
    ]),
    ['p-1/s-1 10:00:10', 'p-1/s-1 10:00:30'],
  ],
  [
    'a segment need not have a start',
    talk([who('acd', [leg([seg('interact', undefined, '10:00:10', ended)])])]),
    ['p-1/s-1 10:00:10'],
  ],
  ['an open segment has not left', talk([who('acd', [leg([seg('interact', '10:00:00', undefined, ended)])])]), []],
  [
    'a segment without a disconnect type has not left',
    talk([who('acd', [leg([seg('interact', '10:00:00', '10:00:10')])])]),
    [],
  ],
  [
    'an empty disconnect type is none',
    talk([who('acd', [leg([seg('interact', '10:00:00', '10:00:10', { disconnectType: '' })])])]),
    [],
  ],
  [
    'an agent does not leave a queue',
    talk([who('agent', [leg([seg('interact', '10:00:00', '10:00:10', ended)])])]),
    [],
  ],
]);

rule('agentAlerted', [
  ...['agent', 'user'].map(
    (purpose): Row => [
      `a ${purpose} is alerted at the start of each alert segment`,
      talk([who(purpose, [leg([seg('alert', '10:00:00', '10:00:10', ended), seg('alert', '10:01:00')])])]),
      ['p-1/s-1 10:00:00', 'p-1/s-1 10:01:00'],
    ],
  ),
  ['an alert without a start is none', talk([who('agent', [leg([seg('alert', undefined, '10:00:10')])])]), []],
  [
    'other segments do not alert',
    talk([who('agent', [leg([seg('interact', '10:00:00'), seg('Alert', '10:00:00')])])]),
    [],
  ],
  ...['customer', 'acd', 'voicemail'].map(
    (purpose): Row => [`a ${purpose} is not alerted`, talk([who(purpose, [leg([seg('alert', '10:00:00')])])]), []],
  ),
]);

/** Disconnections of a role: the same rule for agents and for contacts. */
function disconnected(type: EventType, mine: readonly string[], others: readonly string[]): void {
  const [purpose] = mine as [string];
  rule(type, [
    ...mine.map(
      (purpose): Row => [
        `a ${purpose} is disconnected at the end of each disconnected interact or hold segment`,
        talk([
          who(purpose, [
            leg([seg('interact', '10:00:00', '10:03:00', ended), seg('hold', '10:03:00', '10:04:00', ended)]),
          ]),
        ]),
        ['p-1/s-1 10:03:00', 'p-1/s-1 10:04:00'],
      ],
    ),
    ...others.map(
      (purpose): Row => [
        `a ${purpose} never is`,
        talk([who(purpose, [leg([seg('interact', '10:00:00', '10:03:00', ended)])])]),
        [],
      ],
    ),
    [
      'an unknown disconnect type is one',
      talk([who(purpose, [leg([seg('hold', '10:00:00', '10:03:00', { disconnectType: 'something-new' })])])]),
      ['p-1/s-1 10:03:00'],
    ],
    [
      'a segment need not have a start',
      talk([who(purpose, [leg([seg('interact', undefined, '10:03:00', ended)])])]),
      ['p-1/s-1 10:03:00'],
    ],
    ['an open segment is not', talk([who(purpose, [leg([seg('interact', '10:00:00', undefined, ended)])])]), []],
    [
      'a segment without a disconnect type is not: the call goes on',
      talk([who(purpose, [leg([seg('interact', '10:00:00', '10:03:00')])])]),
      [],
    ],
    [
      'a wrapup, an alert or a dialing segment is not, though it repeats the disconnect type',
      talk([
        who(purpose, [
          leg(['wrapup', 'alert', 'dialing', 'Interact'].map((type) => seg(type, '10:00:00', '10:03:00', ended))),
        ]),
      ]),
      [],
    ],
  ]);
}

disconnected('agentCallDisconnected', ['agent', 'user'], ['customer', 'external', ...NEITHER]);
disconnected('contactDisconnected', ['customer', 'external'], ['agent', 'user', ...NEITHER]);

const code = (wrapUpCode: string) => ({ wrapUpCode });

rule('dispositionSet', [
  [
    'a wrap-up code counts from the end of its segment',
    talk([who('agent', [leg([seg('wrapup', '10:03:00', '10:04:00', code('wrap-up-code'))])])]),
    ['p-1/s-1 10:04:00 wrap-up-code'],
  ],
  [
    'whatever the purpose and the segment: the dialer sets codes too',
    talk([
      who('outbound', [leg([seg('system', '10:03:00', '10:03:00', code('ININ-OUTBOUND-INVALID-PHONE-NUMBER'))])]),
      who('something-new', [leg([seg('something-new', undefined, '10:05:00', code('other'))])], {
        participantId: 'p-2',
      }),
    ]),
    ['p-1/s-1 10:03:00 ININ-OUTBOUND-INVALID-PHONE-NUMBER', 'p-2/s-1 10:05:00 other'],
  ],
  [
    'two codes that end at one time are two facts',
    talk([
      who('agent', [
        leg([seg('wrapup', '10:03:00', '10:04:00', code('one')), seg('wrapup', '10:03:00', '10:04:00', code('two'))]),
      ]),
    ]),
    ['p-1/s-1 10:04:00 one', 'p-1/s-1 10:04:00 two'],
  ],
  [
    'a code whose segment is still open waits',
    talk([who('agent', [leg([seg('wrapup', '10:03:00', undefined, code('x'))])])]),
    [],
  ],
  [
    'a wrapup segment without a code sets nothing',
    talk([who('agent', [leg([seg('wrapup', '10:03:00', '10:04:00', ended)])])]),
    [],
  ],
  ['an empty code is none', talk([who('agent', [leg([seg('wrapup', '10:03:00', '10:04:00', code(''))])])]), []],
]);
