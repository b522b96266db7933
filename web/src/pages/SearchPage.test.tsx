import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { search } from '../../fixtures/catalogue';
import { FakeRegistry, renderPages } from '../testing';

/** What the registry would answer to a question. */
const found = (q: string) => search(new URLSearchParams({ q, facets: 'true' }));
const field = () => screen.getByRole<HTMLInputElement>('textbox', { name: 'Search modules' });
const status = () => screen.getAllByRole('status')[0]?.textContent;
const results = () =>
  screen.queryAllByRole('heading', { level: 3 }).map((name) => name.textContent);
const resultList = () => {
  const list = screen.getByRole('heading', { level: 3, name: results()[0] ?? '' }).closest('ul');
  if (!list) throw new Error('no list of results');
  return list;
};
const link = (name: string) => screen.findByRole('link', { name });

async function start(address = '/', answer = found('')) {
  const registry = new FakeRegistry();
  const page = renderPages(address);
  (await registry.request('/search')).answer(answer);
  await waitFor(() => {
    expect(status()).not.toBe('Searching…');
  });
  return { registry, ...page, user: userEvent.setup() };
}

test('lists every module, and says how many', async () => {
  await start();
  expect(results()).toContain('Hello');
  expect(status()).toBe('7 modules');
});

test('searches while one types, and keeps the question in the address', async () => {
  const { registry, user, address } = await start();
  await user.type(field(), 'hello');
  const request = await registry.request('/search', { q: 'hello' });
  expect(address()).toBe('/?q=hello');
  // Until the answer comes, what was there stays.
  expect(status()).toBe('7 modules');
  expect(results()).toHaveLength(7);
  expect(resultList().closest('[aria-busy="true"]')).toBeTruthy();
  request.answer(found('hello'));
  await waitFor(() => {
    expect(status()).toBe('1 module for “hello”');
  });
  expect(results()).toEqual(['Hello']);
  expect(resultList().closest('[aria-busy="false"]')).toBeTruthy();
});

test('gives up the question before, and keeps what is shown while the next one is asked', async () => {
  const { registry, user } = await start('/?q=zzz', found('zzz'));
  await user.type(field(), 'z');
  const before = await registry.request('/search', { q: 'zzzz' });
  expect(before.isAborted()).toBe(false);
  await user.type(field(), 'y');
  await registry.request('/search', { q: 'zzzzy' });
  expect(before.isAborted()).toBe(true);
  expect(screen.getByRole('heading', { name: 'Nothing matches “zzz”' })).toBeTruthy();
});

test('typing leaves no entry behind, and Enter leaves one where the typing began', async () => {
  const { registry, user, address, goBack } = await start('/?q=invoice', found('invoice'));
  await user.type(field(), 's');
  await registry.request('/search', { q: 'invoices' });
  await user.type(field(), ' due');
  await registry.request('/search', { q: 'invoices due' });
  await user.keyboard('{Enter}');
  expect(address()).toBe('/?q=invoices+due');
  await goBack();
  expect(address()).toBe('/?q=invoice');
  expect(field().value).toBe('invoice');
});

test('Enter leaves no second entry for what stands in the address already', async () => {
  const { user, address, goBack } = await start('/', found(''));
  await user.type(field(), 'hello{Enter}{Enter}');
  expect(address()).toBe('/?q=hello');
  await goBack();
  expect(address()).toBe('/');
});

test('marks the words that the registry says matched', async () => {
  const hits = found('hello').hits.map((hit) => ({
    ...hit,
    name_highlight: null,
    highlight: '<b>Greets</b> people &amp; <img src=x onerror=alert(1)>more.',
  }));
  await start('/?q=adx+greeting', { total: 1, hits });
  expect(screen.getAllByText(/./, { selector: 'mark' }).map((mark) => mark.textContent)).toEqual([
    'adx',
    'Greets',
    'greeting',
  ]);
  expect(screen.getByText(/people & more\.$/)).toBeTruthy();
  expect(document.querySelector('img')).toBeNull();
});

test('ignores an answer that comes after that to a later question', async () => {
  const { registry, user } = await start();
  const announced: unknown[] = [];
  new MutationObserver(() => announced.push(status())).observe(screen.getByRole('status'), {
    characterData: true,
    childList: true,
    subtree: true,
  });
  const ask = async (q: string) => {
    await user.clear(field());
    await user.type(field(), `${q}{Enter}`);
    return registry.request('/search', { q });
  };
  const slow = await ask('invoice');
  const quick = await ask('hello');
  quick.answer(found('hello'));
  await link('Hello');
  slow.answer(found('invoice'));
  // Whatever the late answer does, it has done before that to a third question.
  (await ask('audit')).answer(found('audit'));
  await link('Audit Export');
  expect(announced).toEqual(['1 module for “hello”', '1 module for “audit”']);
});

test('going back shows the question that was there, whatever was being typed', async () => {
  const { registry, user, address, goBack } = await start('/?q=hello', found('hello'));
  await user.click(screen.getByRole('checkbox', { name: 'Examples 1 module' }));
  (await registry.request('/search', { category: 'examples' })).answer(found('hello'));
  expect(address()).toBe('/?q=hello&category=examples');
  await user.type(field(), ' again');
  await goBack();
  expect(field().value).toBe('hello');
  expect(address()).toBe('/?q=hello');
  // What was being typed is not asked for later either: its pause ends before this one.
  await user.type(field(), 's');
  await registry.request('/search', { q: 'hellos' });
  expect(registry.requests.map(({ url }) => url.searchParams.get('q'))).not.toContain(
    'hello again',
  );
});

test('asks nothing for spaces', async () => {
  const { registry, user, address } = await start();
  await user.type(field(), '   {Enter}');
  expect(address()).toBe('/');
  expect(registry.requests).toHaveLength(1);
});

test('is worked by keyboard', async () => {
  const { user, address } = await start('/?q=invoice', found('invoice'));
  await user.keyboard('/');
  expect(document.activeElement).toBe(field());
  await user.keyboard('{ArrowDown}');
  expect(document.activeElement).toBe(await link('Invoicing'));
  await user.keyboard('{ArrowDown}{ArrowDown}');
  expect(document.activeElement).toBe(await link('Bank Feeds'));
  await user.keyboard('{Home}{ArrowUp}');
  expect(document.activeElement).toBe(field());
  await user.keyboard('{Escape}');
  expect(field().value).toBe('');
  expect(address()).toBe('/');
});

test('orders the results anew', async () => {
  const { registry, user, address } = await start('/?q=invoice', found('invoice'));
  await user.selectOptions(screen.getByRole('combobox', { name: 'Sort by' }), 'Name');
  await registry.request('/search', { q: 'invoice', sort: 'name' });
  expect(address()).toBe('/?q=invoice&sort=name');
});

test('says that nothing matches, and leads back to everything', async () => {
  const { registry, user, address } = await start('/?q=zzz', found('zzz'));
  expect(screen.getByRole('heading', { name: 'Nothing matches “zzz”' })).toBeTruthy();
  await user.click(await link('Show all modules'));
  expect(address()).toBe('/');
  expect(field().value).toBe('');
  expect(document.activeElement).toBe(field());
  (await registry.request('/search', { q: '' })).answer(found(''));
  expect(await link('Hello')).toBeTruthy();
});

test.each([
  ['nothing', []],
  ['little', found('hello').hits],
])('leads to what may have been meant where it found %s', async (_, hits) => {
  const { registry, user, address } = await start('/?q=helllo&tag=demo', {
    total: hits.length,
    hits,
    did_you_mean: 'hello',
  });
  expect(screen.getByRole('status').textContent).toMatch(/ for “helllo”Did you mean “hello”\?$/);
  await user.click(await link('Did you mean “hello”?'));
  expect(address()).toBe('/?q=hello&tag=demo');
  expect(field().value).toBe('hello');
  expect(document.activeElement).toBe(field());
  (await registry.request('/search', { q: 'hello' })).answer(found('hello'));
  await waitFor(() => {
    expect(status()).toBe('1 module for “hello”');
  });
});

test('says that nothing passes the filters, and leads to what matches without them', async () => {
  const { user, address } = await start('/?q=hello&category=finance', { total: 0, hits: [] });
  expect(screen.getByText(/take a filter away/)).toBeTruthy();
  await user.click(await link('Search without filters'));
  expect(address()).toBe('/?q=hello');
});

test('shows an empty registry how to fill it', async () => {
  await start('/', { total: 0, hits: [] });
  expect(screen.getByRole('heading', { name: 'No modules yet' })).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Copy publish command' })).toBeTruthy();
});

test('says what failed in the words of the registry, and tries again', async () => {
  const registry = new FakeRegistry();
  renderPages('/');
  const problem = { title: 'Temporarily unavailable', detail: 'Not now.', hint: 'Later.' };
  (await registry.request('/search')).answer(problem, 503);
  const alert = within(await screen.findByRole('alert'));
  for (const words of Object.values(problem)) alert.getByText(words);
  await userEvent.click(alert.getByRole('button', { name: 'Try again' }));
  await waitFor(() => {
    expect(registry.requests).toHaveLength(2);
  });
  registry.requests.at(-1)?.answer(found(''));
  expect(await link('Hello')).toBeTruthy();
  expect(screen.queryByRole('alert')).toBeNull();
});

test('says what it can when the answer says nothing', async () => {
  const registry = new FakeRegistry();
  renderPages('/');
  (await registry.request('/search')).answer('<p>oops</p>', 500);
  expect((await screen.findByRole('alert')).textContent).toContain('answered with status 500');
});

test('says that no answer came', async () => {
  const registry = new FakeRegistry();
  renderPages('/');
  (await registry.request('/search')).lose();
  expect((await screen.findByRole('alert')).textContent).toContain('cannot be reached');
});

test('adds the next page, and goes on from there', async () => {
  const [first, second, ...rest] = found('').hits;
  if (!first || !second) throw new Error('the catalogue is too small');
  const { registry, user } = await start('/', { total: 3, hits: [first], next_cursor: 'two' });
  await user.click(screen.getByRole('button', { name: 'Show more' }));
  (await registry.request('/search', { cursor: 'two' })).answer({
    total: 3,
    hits: [second],
    next_cursor: 'three',
  });
  await waitFor(() => {
    expect(results()).toEqual([first.display_name, second.display_name]);
  });
  expect(document.activeElement?.textContent).toBe(second.display_name);

  await user.click(screen.getByRole('button', { name: 'Show more' }));
  (await registry.request('/search', { cursor: 'three' })).lose();
  await user.click(await screen.findByRole('button', { name: 'Try again' }));
  expect(results()).toHaveLength(2);
  await waitFor(() => {
    expect(registry.requests).toHaveLength(4);
  });
  registry.requests.at(-1)?.answer({ total: 3, hits: rest.slice(0, 1) });
  await waitFor(() => {
    expect(results()).toHaveLength(3);
  });
  expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
});
