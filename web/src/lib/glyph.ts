export const GLYPH_TONES = 6;
const CELL = 16;

export interface Glyph {
  /** Which of the stylesheet's tones, from 0. */
  tone: number;
  /** SVG paths in a 32 × 32 box; every second one is drawn fainter. */
  paths: string[];
}

/** A mark of four tiles, always the same for the same module: something to recognise before publishers draw icons. */
export function glyphOf(module: string): Glyph {
  let bits = fnv1a(module);
  const take = (count: number) => {
    const value = bits % count;
    bits = Math.floor(bits / count);
    return value;
  };
  const tone = take(GLYPH_TONES);
  const paths = [
    [0, 0],
    [CELL, 0],
    [CELL, CELL],
    [0, CELL],
  ].map(([x = 0, y = 0]) => tile(take(6), x, y));
  return { tone, paths };
}

function tile(shape: number, x: number, y: number): string {
  const right = x + CELL;
  const bottom = y + CELL;
  const middle = CELL / 2;
  switch (shape) {
    case 0:
      return `M${x} ${y}h${CELL}a${CELL} ${CELL} 0 0 1-${CELL} ${CELL}Z`;
    case 1:
      return `M${right} ${y}v${CELL}a${CELL} ${CELL} 0 0 1-${CELL}-${CELL}Z`;
    case 2:
      return `M${right} ${bottom}h-${CELL}a${CELL} ${CELL} 0 0 1 ${CELL}-${CELL}Z`;
    case 3:
      return `M${x} ${bottom}v-${CELL}a${CELL} ${CELL} 0 0 1 ${CELL} ${CELL}Z`;
    case 4:
      return `M${x + middle} ${y}a${middle} ${middle} 0 0 1 0 ${CELL}a${middle} ${middle} 0 0 1 0-${CELL}Z`;
    default:
      return `M${x} ${y}h${CELL}v${CELL}h-${CELL}Z`;
  }
}

/** FNV-1a, 32 bit <http://www.isthe.com/chongo/tech/comp/fnv/>: not for security, only for spread. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash;
}
