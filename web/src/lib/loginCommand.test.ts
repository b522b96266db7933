import { expect, test } from 'vitest';
import { loginCommand } from './loginCommand';

test.each([
  ['https://registry.example/', 'adx login --registry https://registry.example'],

  ['', `adx login --registry ${window.location.origin}`],
])('logs in at %s', (url, command) => {
  expect(loginCommand(url)).toBe(command);
});
