import { expect, test } from 'vitest';
import { MAX_QUESTION_CHARS, readSearchState, writeSearchState } from './searchState';

const read = (search: string) => readSearchState(new URLSearchParams(search));

test.each(['', 'q=hello', 'q=a+b&category=finance&sort=name', 'category=people', 'sort=updated'])(
  'reads “?%s” and writes it back',
  (search) => {
    expect(writeSearchState(read(search)).toString()).toBe(search);
  },
);

test('leaves out what is as it would be anyway', () => {
  expect(writeSearchState({ q: '  ', category: '', sort: 'relevance' }).toString()).toBe('');
});

test('takes an unknown order for none', () => {
  expect(read('sort=price').sort).toBe('relevance');
});

test('reads spaces as one, and no endless question', () => {
  expect(read('q=+a++b%0Ac+').q).toBe('a b c');
  expect(read(`q=${'x'.repeat(5000)}`).q).toHaveLength(MAX_QUESTION_CHARS);
});
