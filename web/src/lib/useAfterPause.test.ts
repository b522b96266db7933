import { renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useAfterPause } from './useAfterPause';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const start = (value: string) => {
  const action = vi.fn();
  const hook = renderHook(
    (props) => {
      useAfterPause(props.value, 100, props.action);
    },
    {
      initialProps: { value, action },
    },
  );
  return { ...hook, action };
};

test('acts once, with the last value, when the changes stop', () => {
  const { rerender, action } = start('h');
  for (const value of ['he', 'hel', 'hell', 'hello']) {
    vi.advanceTimersByTime(99);
    rerender({ value, action });
  }
  vi.advanceTimersByTime(99);
  expect(action).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(action.mock.calls).toEqual([['hello']]);
});

test('acts as last rendered, and does not wait again for that', () => {
  const { rerender, action } = start('hello');
  vi.advanceTimersByTime(60);
  const later = vi.fn();
  rerender({ value: 'hello', action: later });
  vi.advanceTimersByTime(40);
  expect(action).not.toHaveBeenCalled();
  expect(later.mock.calls).toEqual([['hello']]);
});

test('does nothing once it is gone', () => {
  const { unmount, action } = start('hello');
  unmount();
  vi.advanceTimersByTime(1000);
  expect(action).not.toHaveBeenCalled();
});
