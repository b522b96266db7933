import { screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeAll, expect, test } from 'vitest';
import { modules } from '../../fixtures/catalogue';
import { FakeRegistry, renderPages, renderSite } from '../testing';

const hello = (() => {
  const found = modules.find(({ module }) => module === 'adx/hello');
  if (!found) throw new Error('the catalogue has no adx/hello');
  return found;
})();

beforeAll(() => {
  // What a browser does with a dialog, as far as it matters here: jsdom has none of it.
  HTMLDialogElement.prototype.showModal = function showModal() {
    this.open = true;
    this.querySelector<HTMLElement>('select')?.focus();
  };
  HTMLDialogElement.prototype.close = function close() {
    this.open = false;
  };
});

async function openDialog(account: object | null) {
  const registry = new FakeRegistry();
  renderSite('/modules/adx/hello');
  (await registry.request('/session')).answer({
    account,
    csrf_token: account ? 'csrf-1' : null,
    openid: null,
    passkeys: false,
    passwords: true,
    needs_second_factor: false,
    is_proven: false,
  });
  (await registry.request('/modules/adx/hello')).answer(hello);
  const user = userEvent.setup();
  // By the keyboard alone.
  const button = await screen.findByRole('button', { name: 'Report this module' });
  button.focus();
  await user.keyboard('{Enter}');
  const dialog = await screen.findByRole('dialog', { name: 'Report Hello' });
  return { registry, user, dialog: within(dialog), element: dialog };
}

const somebody = {
  id: '0'.repeat(32),
  email: 'ada@example.org',
  name: 'Ada',
  is_operator: false,
  created_at: '2026-11-28T10:00:00Z',
};

test('takes a report by the keyboard from whoever is not signed in', async () => {
  const { registry, user, dialog } = await openDialog(null);
  await user.selectOptions(dialog.getByLabelText('What is wrong'), 'spam');
  await user.selectOptions(dialog.getByLabelText('Version'), hello.latest);
  await user.tab();
  await user.keyboard('it advertises');
  await user.tab();
  await user.keyboard('eve@example.org{Enter}');
  const sent = await registry.request('/modules/adx/hello/report', {}, 'POST');
  expect(await sent.sent()).toEqual({
    category: 'spam',
    text: 'it advertises',
    version: hello.latest,
    email: 'eve@example.org',
  });
  expect(sent.headers.get('x-csrf-token')).toBeNull();
  sent.answer({ id: '1' }, 202);
  expect((await dialog.findByRole('status')).textContent).toMatch(/Thank you/);
  await user.click(dialog.getByRole('button', { name: 'Close' }));
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('asks nobody who is signed in for an address', async () => {
  const { registry, user, dialog } = await openDialog(somebody);
  expect(dialog.queryByLabelText('Mail address')).toBeNull();
  await user.type(dialog.getByLabelText('What you found'), 'it steals');
  await user.click(dialog.getByRole('button', { name: 'Send the report' }));
  const sent = await registry.request('/modules/adx/hello/report', {}, 'POST');
  expect(await sent.sent()).toEqual({ category: 'malware', text: 'it steals' });
  expect(sent.headers.get('x-csrf-token')).toBe('csrf-1');
  sent.answer(
    {
      type: 'https://adx-core.dev/problems/reported-already',
      title: 'Reported already',
      detail: 'a report by the same account waits',
    },
    409,
  );
  await within(dialog.getByRole('alert')).findByText(/waits/);
});

test('has nothing that keeps anybody from using it', async () => {
  const { element } = await openDialog(null);
  // Colours are not computed here; the browser's tests look at those.
  const found = await axe.run(element, { rules: { 'color-contrast': { enabled: false } } });
  expect(found.violations.map(({ id, help }) => `${id}: ${help}`)).toEqual([]);
});

test('leads to the registry where the pages are shown elsewhere', async () => {
  const registry = new FakeRegistry();
  renderPages('/modules/adx/hello');
  (await registry.request('/modules/adx/hello')).answer(hello);
  const link = await screen.findByRole('link', { name: /on the registry’s own page/ });
  expect(link.getAttribute('href')).toBe('http://registry.test/modules/adx/hello');
});

test('says what was taken down, and why', async () => {
  const registry = new FakeRegistry();
  renderPages('/modules/adx/hello');
  (await registry.request('/modules/adx/hello')).answer(
    { title: 'Taken down', detail: '`adx/hello` was taken down: a court has said so (7 O 12/26)' },
    451,
  );
  await screen.findByRole('heading', { level: 1, name: 'This was taken down' });
  screen.getByText(/7 O 12\/26/);
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
});
