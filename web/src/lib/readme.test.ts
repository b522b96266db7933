import { expect, test } from 'vitest';
import { fitReadme } from './readme';

test('leaves out a first heading that repeats the page’s own', () => {
  expect(fitReadme('<h2>hello </h2><p>Hi.</p>', 'Hello')).toBe('<p>Hi.</p>');
  expect(fitReadme('<h2>Welcome</h2><p>Hi.</p>', 'Hello')).toBe('<h2>Welcome</h2><p>Hi.</p>');
  expect(fitReadme('<p>Hi.</p><h2>Hello</h2>', 'Hello')).toBe('<p>Hi.</p><h2>Hello</h2>');
});

test('starts headings at the second level and keeps their steps', () => {
  expect(fitReadme('<h4>A</h4><h5 title="b"><em>B</em></h5><h6>C</h6>', '')).toBe(
    '<h2>A</h2><h3 title="b"><em>B</em></h3><h4>C</h4>',
  );
  expect(fitReadme('<h1>A</h1><h6>B</h6>', '')).toBe('<h2>A</h2><h6>B</h6>');
});

test('lets the keyboard reach what scrolls sideways', () => {
  expect(fitReadme('<pre>x</pre>', '')).toBe('<pre tabindex="0">x</pre>');
  expect(fitReadme('<table><tbody><tr><td>1</td></tr></tbody></table>', '')).toBe(
    '<div class="table-frame" tabindex="0"><table><tbody><tr><td>1</td></tr></tbody></table></div>',
  );
});

test.each(['https://example.com/', 'http://example.com/', 'mailto:a@example.com'])(
  'keeps a link to %s with the protection the registry gave it',
  (href) => {
    const link = `<a href="${href}" rel="nofollow noopener noreferrer ugc">x</a>`;
    expect(fitReadme(link, '')).toBe(link);
  },
);

test.each([
  'javascript:alert(1)',
  ' javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,x',
  '/api/v1/tokens',
  '#top',
  '',
])('takes the target from a link to “%s”', (href) => {
  expect(fitReadme(`<a href="${href}">x</a>`, '')).toBe('<a>x</a>');
});
