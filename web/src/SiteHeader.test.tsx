import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { grace } from '../fixtures/people';
import { FakeRegistry, renderSite } from './testing';

async function start() {
  const registry = new FakeRegistry();
  const site = renderSite('/sign-in');
  (await registry.request('/session')).answer(grace);
  await screen.findByRole('link', { name: 'Review' });
  const button = screen.getByRole('button', { name: 'Menu' });
  const isOpen = () => button.getAttribute('aria-expanded') === 'true';
  return { ...site, button, isOpen, user: userEvent.setup() };
}

test('opens and closes by keyboard, and Escape gives the focus back', async () => {
  const { button, isOpen, user } = await start();
  const menu = document.getElementById(button.getAttribute('aria-controls') ?? '');
  expect(menu?.dataset.open).toBe('false');
  button.focus();
  await user.keyboard('{Enter}');
  expect(isOpen()).toBe(true);
  expect(menu?.dataset.open).toBe('true');
  await user.tab();
  expect(document.activeElement).toBe(screen.getByRole('link', { name: 'API reference' }));
  expect(isOpen()).toBe(true);
  await user.keyboard('{Escape}');
  expect(isOpen()).toBe(false);
  expect(document.activeElement).toBe(button);
  await user.keyboard(' ');
  expect(isOpen()).toBe(true);
  await user.keyboard(' ');
  expect(isOpen()).toBe(false);
});

test('closes where somebody goes to another page, and says which one it is', async () => {
  const { address, button, isOpen, user } = await start();
  await user.click(button);
  const site = within(screen.getByRole('navigation', { name: 'Site' }));
  await user.click(site.getByRole('link', { name: 'Reports' }));
  await waitFor(() => {
    expect(address()).toBe('/reports');
  });
  expect(isOpen()).toBe(false);
  const link = site.getByRole('link', { name: 'Reports' });
  expect(link.getAttribute('aria-current')).toBe('page');
});

test('closes when something beside it is used', async () => {
  const { button, isOpen, user } = await start();
  await user.click(button);
  await user.click(screen.getByRole('radio', { name: 'Dark' }));
  expect(isOpen()).toBe(true);
  await user.click(screen.getByRole('main'));
  expect(isOpen()).toBe(false);
});
