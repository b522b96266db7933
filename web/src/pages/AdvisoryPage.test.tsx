import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { advisory } from '../../fixtures/catalogue';
import { FakeRegistry, renderPages } from '../testing';

test('shows whom an advisory is about, what it says, and where to go', async () => {
  const registry = new FakeRegistry();
  renderPages(`/advisories/${advisory.id}`);
  (await registry.request(`/advisories/${advisory.id}`)).answer(advisory);
  await screen.findByRole('heading', { level: 1, name: 'answers strangers' });
  screen.getByText('Critical');
  screen.getByText('From 1.0.0, before 1.1.0');
  screen.getByText('Mended in 1.1.0.');
  screen.getByText('CVE-2026-12345');
  screen.getByText(/Whoever runs this registry stands for it/);
  expect(screen.getByRole('link', { name: 'adx/hello' }).getAttribute('href')).toBe(
    '/modules/adx/hello',
  );
});

test('says so where there is no such advisory', async () => {
  const registry = new FakeRegistry();
  renderPages('/advisories/ADX-2026-0009');
  (await registry.request('/advisories/ADX-2026-0009')).answer({ title: 'Not found' }, 404);
  await screen.findByText('There is no advisory ADX-2026-0009');
});
