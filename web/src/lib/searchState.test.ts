import { expect, test } from 'vitest';
import {
  MAX_QUESTION_CHARS,
  NO_FILTERS,
  readSearchState,
  withoutFilter,
  writeSearchState,
} from './searchState';

const read = (search: string) => readSearchState(new URLSearchParams(search));

test.each([
  '',
  'q=hello',
  'q=a+b&category=finance&sort=name',
  'category=people&category=finance&tag=crm',
  'price=free&publisher=adx&verified=false&platform=1.4.0-rc.1',
  'sort=updated',
  'sort=new',
])('reads “?%s” and writes it back', (search) => {
  expect(writeSearchState(read(search)).toString()).toBe(search);
});

test('leaves out what is as it would be anyway', () => {
  const state = { q: '  ', filters: NO_FILTERS, sort: 'relevance' } as const;
  expect(writeSearchState(state).toString()).toBe('');
});

test('takes an unknown order for none', () => {
  expect(read('sort=price').sort).toBe('relevance');
});

test('reads spaces as one, and no endless question', () => {
  expect(read('q=+a++b%0Ac+').q).toBe('a b c');
  expect(read(`q=${'x'.repeat(5000)}`).q).toHaveLength(MAX_QUESTION_CHARS);
});

test('reads each value once, parted by commas too, and no endless number', () => {
  expect(read('tag=crm,tax&tag=+tax+,&tag=').filters.tag).toEqual(['crm', 'tax']);
  const many = Array.from({ length: 51 }, (_, number) => `tag=${number}`).join('&');
  expect(read(many).filters.tag).toHaveLength(50);
});

test.each(['verified=yes', 'platform=1.4', 'platform=latest', 'platform=1.4.0%0A'])(
  'takes “?%s”, which the registry would refuse, for nothing',
  (search) => {
    expect(read(search).filters).toEqual(NO_FILTERS);
  },
);

test('takes one choice back, and leaves the others', () => {
  const { filters } = read('category=people&category=finance&tag=people&verified=true');
  const state = withoutFilter(withoutFilter(filters, 'category', 'people'), 'verified', 'true');
  expect(state).toEqual({ ...NO_FILTERS, category: ['finance'], tag: ['people'] });
});
