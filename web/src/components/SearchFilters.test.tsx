import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { search } from '../../fixtures/catalogue';
import { FakeRegistry, renderPages } from '../testing';

/** What the registry would answer to the page at an address. */
function found(address: string) {
  const params = new URLSearchParams(address.split('?')[1]);
  const asked = new URLSearchParams({ facets: 'true' });
  for (const key of params.keys()) asked.set(key, params.getAll(key).join(','));
  return search(asked);
}

async function start(address = '/', answer = found(address)) {
  const registry = new FakeRegistry();
  const page = renderPages(address);
  (await registry.request('/search', { facets: 'true' })).answer(answer);
  await screen.findByRole('region', { name: 'Filters' });
  return { registry, ...page, user: userEvent.setup() };
}

const group = (name: string) => within(screen.getByRole('group', { name }));
const box = (name: string) => screen.getByRole<HTMLInputElement>('checkbox', { name });
const chips = () =>
  within(screen.getByRole('list', { name: 'Chosen filters' }))
    .getAllByRole('button')
    .map((button) => button.textContent);
const status = () => screen.getByRole('status').textContent;

test('says of each value how many modules have it, in words', async () => {
  await start();
  expect(
    group('Category')
      .getAllByRole('checkbox')
      .map((value) => value.closest('label')?.textContent),
  ).toContain('Customer management1 1 module');
  expect(box('Finance 2 modules').checked).toBe(false);
  expect(group('Price').getByRole('checkbox', { name: 'Subscription 1 module' })).toBeTruthy();
  expect(group('Publisher').getByRole('checkbox', { name: 'ledgerline 2 modules' })).toBeTruthy();
  expect(group('Verification').getByRole('radio', { name: 'Verified (2)' })).toBeTruthy();
});

test('narrows down by several values, and keeps them in the address', async () => {
  const { registry, user, address, goBack } = await start('/?q=s');
  await user.click(box('Finance 2 modules'));
  (await registry.request('/search', { category: 'finance' })).answer(
    found('/?q=s&category=finance'),
  );
  await waitFor(() => {
    expect(status()).toBe('2 modules for “s”');
  });
  // What is counted of other facets is counted among what is left.
  expect(group('Tag').queryByRole('checkbox', { name: /^crm/ })).toBeNull();
  await user.click(box('People 1 module'));
  await registry.request('/search', { q: 's', category: 'finance,people' });
  expect(address()).toBe('/?q=s&category=finance&category=people');
  await goBack();
  expect(address()).toBe('/?q=s&category=finance');
  expect(box('Finance 2 modules').checked).toBe(true);
  expect(box('People 1 module').checked).toBe(false);
});

test('takes chosen filters away, one by one and all at once', async () => {
  const { user, address } = await start(
    '/?category=finance&tag=tax&verified=true&platform=1.4.0&sort=name',
  );
  expect(chips()).toEqual([
    'Category: Finance',
    'Tag: tax',
    'Verification: Verified',
    'Platform: 1.4.0',
    'Clear all',
  ]);
  await user.click(screen.getByRole('button', { name: 'Remove Tag: tax' }));
  expect(address()).toBe('/?category=finance&verified=true&platform=1.4.0&sort=name');
  // The focus stays where the next one can be taken away.
  expect(document.activeElement?.textContent).toBe('Verification: Verified');
  await user.click(screen.getByRole('button', { name: 'Clear all' }));
  expect(address()).toBe('/?sort=name');
  expect(screen.queryByRole('list', { name: 'Chosen filters' })).toBeNull();
  expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Results' }));
});

test('a value that was chosen stays where it is when it is taken back', async () => {
  const { registry, user } = await start('/?q=hello&category=finance');
  const chosen = box('Finance 0 modules');
  chosen.focus();
  await user.keyboard(' ');
  (await registry.request('/search', { q: 'hello' })).answer(found('/?q=hello'));
  await waitFor(() => {
    expect(status()).toBe('1 module for “hello”');
  });
  expect(document.activeElement).toBe(box('Finance 0 modules'));
  expect(chosen.checked).toBe(false);
});

test('shows the first of many values, those that were chosen, and all on demand', async () => {
  const answer = found('/?tag=tag-9');
  if (!answer.facets) throw new Error('the fixture tells no facets');
  const tag = Array.from({ length: 10 }, (_, n) => ({ value: `tag-${n}`, modules: 10 - n }));
  const { user } = await start('/?tag=tag-9', { ...answer, facets: { ...answer.facets, tag } });
  const shown = () =>
    group('Tag')
      .getAllByRole<HTMLInputElement>('checkbox')
      .map(({ value }) => value);
  const first = ['tag-0', 'tag-1', 'tag-2', 'tag-3', 'tag-4', 'tag-5', 'tag-9'];
  expect(shown()).toEqual(first);
  const more = screen.getByRole('button', { name: 'Show all 10 (Tag)' });
  expect(more.getAttribute('aria-expanded')).toBe('false');
  await user.click(more);
  expect(shown()).toHaveLength(10);
  await user.click(screen.getByRole('button', { name: 'Show fewer (Tag)', expanded: true }));
  expect(shown()).toEqual(first);
});

test('shows no group without values, and no filters where there are none', async () => {
  const answer = found('/');
  const none = { category: [], tag: [], price: [], publisher: [], compatibility: [], verified: [] };
  const { registry, user } = await start('/', {
    ...answer,
    facets: { ...none, price: [{ value: 'free', modules: 7 }] },
  });
  expect(screen.getAllByRole('group')).toHaveLength(1);
  expect(screen.queryByRole('textbox', { name: 'Works with platform' })).toBeNull();
  await user.type(screen.getByRole('textbox', { name: 'Search modules' }), 'zzz');
  (await registry.request('/search', { q: 'zzz' })).answer({ total: 0, hits: [], facets: none });
  await waitFor(() => {
    expect(screen.queryByRole('region', { name: 'Filters' })).toBeNull();
  });
});

test('chooses one of verified publishers and others', async () => {
  const { registry, user, address } = await start();
  await user.click(screen.getByRole('radio', { name: 'Verified (2)' }));
  (await registry.request('/search', { verified: 'true' })).answer(found('/?verified=true'));
  await user.click(screen.getByRole('radio', { name: 'Not verified (5)' }));
  await registry.request('/search', { verified: 'false' });
  expect(address()).toBe('/?verified=false');
});

test('takes whole versions of the platform, and suggests those that modules name', async () => {
  const { registry, user, address } = await start();
  const field = screen.getByRole<HTMLInputElement>('combobox', { name: 'Works with platform' });
  expect(Array.from(field.list?.options ?? [], ({ value }) => value)).toEqual(['0.1.0']);
  await user.type(field, '1.4{Enter}');
  expect(field.validity.patternMismatch).toBe(true);
  expect(address()).toBe('/');
  await user.type(field, '.2{Enter}');
  await registry.request('/search', { platform: '1.4.2' });
  expect(address()).toBe('/?platform=1.4.2');
  await user.click(screen.getByRole('button', { name: 'Remove Platform: 1.4.2' }));
  expect(address()).toBe('/');
  expect(field.value).toBe('');
});

test('is behind a button that says how much was chosen', async () => {
  const { user } = await start('/?category=finance&tag=tax');
  const button = screen.getByRole('button', { name: 'Filters (2 chosen)' });
  const groups = document.getElementById(button.getAttribute('aria-controls') ?? '');
  expect(groups?.dataset.open).toBe('false');
  button.focus();
  await user.keyboard('{Enter}');
  expect(button.getAttribute('aria-expanded')).toBe('true');
  expect(groups?.dataset.open).toBe('true');
});

test('leaves what was chosen to be taken away where the registry does not answer', async () => {
  const registry = new FakeRegistry();
  const { address } = renderPages('/?tag=tax');
  (await registry.request('/search')).lose();
  await screen.findByRole('alert');
  await userEvent.click(screen.getByRole('button', { name: 'Remove Tag: tax' }));
  expect(address()).toBe('/');
});
