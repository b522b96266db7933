import { glyphOf } from '../lib/glyph';
import styles from './ModuleGlyph.module.css';

const tones = [styles.tone0, styles.tone1, styles.tone2, styles.tone3, styles.tone4, styles.tone5];

export function ModuleGlyph({ module, large = false }: { module: string; large?: boolean }) {
  const { tone, paths } = glyphOf(module);
  return (
    <span
      className={`${styles.glyph} ${large ? styles.large : ''} ${tones[tone]}`}
      aria-hidden="true"
    >
      <svg viewBox="0 0 32 32" focusable="false">
        {paths.map((path, index) => (
          <path key={index} d={path} fill="currentColor" opacity={index % 2 === 0 ? 1 : 0.5} />
        ))}
      </svg>
    </span>
  );
}
