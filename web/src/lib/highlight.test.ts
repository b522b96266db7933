import { expect, test } from 'vitest';
import { highlight, readHighlight } from './highlight';

/** The text with its matches in brackets. */
const marked = (text: string, question: string) =>
  highlight(text, question)
    .map((segment) => (segment.match ? `[${segment.text}]` : segment.text))
    .join('');

test.each([
  ['Client Management', 'client', '[Client] Management'],
  ['Client Management', 'man cli', '[Cli]ent [Man]agement'],
  ['northwind/client-management', 'northwind/client', '[northwind]/[client]-management'],
  ['workflow work', 'work workflow', '[workflow] [work]'],
  ['Übersicht', 'über', '[Über]sicht'],
])('marks words of “%s” that begin like “%s”', (text, question, expected) => {
  expect(marked(text, question)).toBe(expected);
});

test.each([
  ['Shopping', 'hop'],
  ['Überblick', 'blick'],
  ['Hello', ''],
  ['Hello', 'h'],
  ['Hello', '   '],
])('marks nothing of “%s” for “%s”', (text, question) => {
  expect(marked(text, question)).toBe(text);
});

test.each(['.*', '(', '[a-', '\\', 'a|b', '$&', '(?<=x)'])(
  'takes “%s” as characters, not as a pattern',
  (question) => {
    expect(marked('plain words', question)).toBe('plain words');
    expect(marked(`x ${question}`, question)).toContain(question);
  },
);

test('loses no character', () => {
  const text = '<b>Hello</b> & "hello" hello';
  expect(
    highlight(text, 'hello <b> &')
      .map((segment) => segment.text)
      .join(''),
  ).toBe(text);
});

test('reads what the registry marked', () => {
  expect(readHighlight('<b>Bank</b> Feeds &amp; &quot;<b>more</b>&quot; &lt;b&gt;')).toEqual([
    { text: 'Bank', match: true },
    { text: ' Feeds & "', match: false },
    { text: 'more', match: true },
    { text: '" <b>', match: false },
  ]);
});

test('takes no other tag for more than its words', () => {
  expect(
    readHighlight('a <img src=x onerror=alert(1)><i>plain</i> <b onclick="x()">word</b>'),
  ).toEqual([
    { text: 'a ', match: false },
    { text: '', match: false },
    { text: 'plain', match: false },
    { text: ' ', match: false },
    { text: 'word', match: true },
  ]);
});
