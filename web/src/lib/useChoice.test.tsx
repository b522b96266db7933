import { render, screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { Suspense, use, useState } from 'react';
import { expect, test } from 'vitest';
import '../testing';
import { useChoice } from './useChoice';

/** What is shown of `b` never gets ready. */
const NEVER = new Promise<never>(() => undefined);

function Box() {
  const [chosen, setChosen] = useState('a');
  const [shown, choose] = useChoice(chosen, setChosen);
  return (
    <>
      <input
        type="checkbox"
        checked={shown === 'b'}
        onChange={() => {
          choose('b');
        }}
      />
      <Chosen chosen={chosen} />
    </>
  );
}

function Chosen({ chosen }: { chosen: string }) {
  if (chosen === 'b') use(NEVER);
  return <p>{chosen}</p>;
}

test('shows the choice before it has come through', async () => {
  const user = userEvent.setup();
  render(
    <Suspense>
      <Box />
    </Suspense>,
  );
  const box = screen.getByRole<HTMLInputElement>('checkbox');
  await user.click(box);
  expect(screen.getByRole('paragraph').textContent).toBe('a');
  expect(box.checked).toBe(true);
});
