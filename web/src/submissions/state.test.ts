import { expect, test } from 'vitest';
import { sent } from '../../fixtures/submissions';
import type { Finding, SubmissionEvent } from '../api/submissions';
import { awaitsAnswer, byCheck, counted } from './state';

const finding = (check: string, severity: Finding['severity']): Finding => ({
  check,
  severity,
  code: 'code',
  message: `${check} ${severity}`,
});

test('has the check with the worst finding first, and so within each', () => {
  const found = [
    finding('readme', 'note'),
    finding('secrets', 'warning'),
    finding('readme', 'error'),
    finding('content', 'harmful'),
  ];
  expect(
    byCheck(found).map(({ check, findings }) => [check, ...findings.map((one) => one.severity)]),
  ).toEqual([
    ['content', 'harmful'],
    ['readme', 'error', 'note'],
    ['secrets', 'warning'],
  ]);
});

test('counts what there is', () => {
  expect(counted([finding('a', 'note'), finding('b', 'warning'), finding('c', 'note')])).toEqual([
    { severity: 'warning', n: 1 },
    { severity: 'note', n: 2 },
  ]);
});

const event = (number: number, kind: string, side: SubmissionEvent['side']): SubmissionEvent => ({
  number,
  kind,
  side,
  at: '2026-11-28T12:00:00Z',
});

test('knows when a question waits for an answer', () => {
  const [waiting] = sent;
  const decided = sent.find(({ state }) => state === 'rejected');
  if (!waiting || !decided) throw new Error('the fixtures have none');
  const question = event(1, 'question', 'operator');
  const remark = event(2, 'comment', 'operator');
  const answer = event(3, 'comment', 'publisher');
  const awaits = (...events: SubmissionEvent[]) => awaitsAnswer({ submission: waiting, events });
  expect(awaits()).toBe(false);
  expect(awaits(question)).toBe(true);
  expect(awaits(question, remark)).toBe(true);
  expect(awaits(question, remark, answer)).toBe(false);
  expect(awaits(answer, question)).toBe(true);
  expect(awaitsAnswer({ submission: decided, events: [question] })).toBe(false);
});
