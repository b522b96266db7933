import { expect, test } from 'vitest';
import { modules } from '../../fixtures/catalogue';
import { GLYPH_TONES, glyphOf } from './glyph';

test('is always the same for the same module', () => {
  expect(glyphOf('adx/hello')).toEqual(glyphOf('adx/hello'));
});

test('tells modules apart', () => {
  const drawings = modules.map(({ module }) => JSON.stringify(glyphOf(module)));
  expect(new Set(drawings).size).toBe(drawings.length);
});

test('uses every tone, and only those there are', () => {
  const tones = new Set(Array.from({ length: 200 }, (_, n) => glyphOf(`adx/module-${n}`).tone));
  expect([...tones].sort()).toEqual(Array.from({ length: GLYPH_TONES }, (_, tone) => tone));
});

test('draws four closed shapes inside its box', () => {
  const { paths } = glyphOf('adx/hello');
  expect(paths).toHaveLength(4);
  for (const path of paths) expect(path).toMatch(/^M(0|8|16|24|32) (0|16|32)[\d vha-]+Z$/);
});
