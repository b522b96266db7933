import { expect, test } from 'vitest';
import { FakeRegistry } from '../testing';
import { NO_FILTERS } from '../lib/searchState';
import { Problem } from './problem';
import { createRegistry } from './registry';

const hello = { namespace: 'adx', name: 'hello' };

function ask() {
  const fake = new FakeRegistry();
  const controller = new AbortController();
  const answer = createRegistry('http://registry.test').module(hello, 'en', controller.signal);
  return { fake, controller, answer };
}

async function problemOf(answer: Promise<unknown>): Promise<Problem> {
  const reason: unknown = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(reason instanceof Problem)) throw new Error(`no problem, but ${String(reason)}`);
  return reason;
}

test('asks for no more than was asked for', async () => {
  const fake = new FakeRegistry();
  const registry = createRegistry('http://registry.test');
  const query = { q: 'a&b', filters: NO_FILTERS, sort: 'name' } as const;
  void registry.search(query, new AbortController().signal);
  const { url } = await fake.request('/search');
  expect(url.search).toBe('?q=a%26b&limit=20&sort=name');
});

test('asks for several values of a facet as one list', async () => {
  const fake = new FakeRegistry();
  const filters = {
    ...NO_FILTERS,
    tag: ['crm', 'tax'],
    price: ['free'],
    verified: 'false',
    platform: '1.4.0',
  };
  void createRegistry('http://registry.test').search(
    { q: '', filters, facets: true },
    new AbortController().signal,
  );
  const { url } = await fake.request('/search');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    q: '',
    limit: '20',
    tag: 'crm,tax',
    price: 'free',
    verified: 'false',
    platform: '1.4.0',
    facets: 'true',
  });
});

test('writes a version into the address safely', async () => {
  const fake = new FakeRegistry();
  void createRegistry('http://registry.test').version(
    hello,
    '1.0.0+a/../b',
    'en',
    new AbortController().signal,
  );
  await fake.request('/modules/adx/hello/versions/1.0.0%2Ba%2F..%2Fb');
});

test('gives the words of the registry when it refuses', async () => {
  const { fake, answer } = ask();
  const body = { title: 'Not found', status: 404, detail: 'there is no module', hint: 'search' };
  (await fake.request('/modules/adx/hello')).answer(body, 404);
  expect(await problemOf(answer)).toMatchObject({ ...body });
});

test.each([null, 'oops', [], { title: 7, detail: '' }])(
  'makes a problem of a body like %j',
  async (body) => {
    const { fake, answer } = ask();
    (await fake.request('/modules/adx/hello')).answer(body, 502);
    const problem = await problemOf(answer);
    expect([problem.status, problem.title, problem.detail]).toEqual([502, '', undefined]);
  },
);

test('takes a page of something else for a bad gateway', async () => {
  const { fake, answer } = ask();
  (await fake.request('/modules/adx/hello')).answer('<!doctype html><p>Welcome to the proxy');
  expect((await problemOf(answer)).status).toBe(502);
});

test('knows an answer that never came from a refusal', async () => {
  const { fake, answer } = ask();
  (await fake.request('/modules/adx/hello')).lose();
  expect((await problemOf(answer)).isUnreachable).toBe(true);
});

test('makes no problem of what it was told to stop', async () => {
  const { fake, controller, answer } = ask();
  const request = await fake.request('/modules/adx/hello');
  controller.abort();
  request.lose();
  await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
});
