import { render, screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import '../testing';
import { Command } from './Command';

const TEXT = 'adx install adx/hello --activate';

function start(writeText?: (text: string) => Promise<void>) {
  const user = userEvent.setup();
  vi.stubGlobal('navigator', { clipboard: writeText && { writeText } });
  render(<Command label="Install command" text={TEXT} />);
  return user.click(screen.getByRole('button', { name: 'Copy install command' }));
}

test('shows the command as it is to be typed', async () => {
  await start();
  expect(screen.getByRole('code').textContent).toBe(TEXT);
});

test('copies the command and says so', async () => {
  const writeText = vi.fn(() => Promise.resolve());
  await start(writeText);
  expect(writeText.mock.calls).toEqual([[TEXT]]);
  expect((await screen.findByRole('status')).textContent).toBe('Copied');
});

test.each([
  ['refuses', () => Promise.reject(new Error('not allowed'))],
  ['is not there, as on plain http', undefined],
])('says what to do where the clipboard %s', async (_, writeText) => {
  await start(writeText);
  expect((await screen.findByRole('status')).textContent).toBe('Select and copy by hand');
});
