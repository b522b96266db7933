import { render } from '@testing-library/react';
import { expect, test } from 'vitest';
import { Words } from './Words';

test.each([
  ['no code at all', [], 'no code at all'],
  ['`acme` is offered to `ada` already', ['acme', 'ada'], 'acme is offered to ada already'],
  ['`adx publish`', ['adx publish'], 'adx publish'],
  ['one ` alone stays', [], 'one ` alone stays'],
  ['`<b>` is text', ['<b>'], '<b> is text'],
])('shows %s', (text, codes, words) => {
  const { container } = render(<Words>{text}</Words>);
  expect([...container.querySelectorAll('code')].map((code) => code.textContent)).toEqual(codes);
  expect(container.textContent).toBe(words);
});
