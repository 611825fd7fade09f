import test from 'ava';
import { entryBytes } from '../../src/aws/entry-size.ts';
import { entry } from '../support/sink-conformance.ts';

test('the size is what EventBridge counts: 14 bytes for the time, then source, detail type and detail', (t) => {
  const plain = entry('a');
  // "com.genesys.cloud.outbound" has 26 characters, "conversationEnded" 17.
  t.is(entryBytes(plain), 14 + 26 + 17 + plain.detail.length);
});

test('the size counts UTF-8 bytes, not characters', (t) => {
  const plain = entry('a');
  // ü takes two bytes for one character, – three, 📞 four for two UTF-16 units.
  const beyond = { ...plain, source: 'com.genesys.clöud.outbound', detail: `${plain.detail}ü–📞` };
  t.is(entryBytes(beyond), entryBytes(plain) + 1 + 2 + 3 + 4);
});
