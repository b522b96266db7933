import { expect, test } from 'vitest';
import { unified } from './unified';

test('tells lines by their first sign', () => {
  const lines = unified('@@ -1,2 +1,2 @@\n one\n-two\n+three\n');
  expect(lines.map(({ kind }) => kind)).toEqual(['place', 'same', 'removed', 'added']);
  expect(lines.map(({ text }) => text).join('\n')).toBe('@@ -1,2 +1,2 @@\n one\n-two\n+three');
});

test('keeps what only looks like a name of a file', () => {
  expect(unified('--- a\n+++ b').map(({ kind }) => kind)).toEqual(['removed', 'added']);
});

test('has no lines for no text', () => {
  expect(unified('')).toEqual([]);
});
