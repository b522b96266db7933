import { useId, useState } from 'react';
import type { FacetCount } from '../api/registry';
import { useLocale } from '../i18n/locale';
import { PLATFORM_VERSION } from '../lib/searchState';
import styles from './PlatformFilter.module.css';

interface PlatformFilterProps {
  /** What modules ask of the platform, in the words of their manifests. */
  requirements: FacetCount[];
  /** The version of the platform that modules must run on, or the empty string for any. */
  chosen: string;
  onChoose: (version: string) => void;
}

/** The version of the platform that somebody has. It is theirs to know: what modules ask for only suggests some. */
export function PlatformFilter({ requirements, chosen, onChoose }: PlatformFilterProps) {
  const words = useLocale().messages.search;
  const id = useId();
  const [text, setText] = useState(chosen);
  const [before, setBefore] = useState(chosen);
  if (before !== chosen) {
    setBefore(chosen);
    setText(chosen);
  }
  return (
    <form
      className={styles.platform}
      onSubmit={(event) => {
        event.preventDefault();
        onChoose(text.trim());
      }}
    >
      <label htmlFor={`${id}field`} className={styles.label}>
        {words.platform}
      </label>
      <div className={styles.row}>
        <input
          id={`${id}field`}
          type="text"
          autoComplete="off"
          spellCheck={false}
          pattern={`\\s*${PLATFORM_VERSION}\\s*`}
          title={words.platformHint}
          aria-describedby={`${id}hint`}
          list={`${id}versions`}
          value={text}
          onChange={({ target }) => {
            setText(target.value);
          }}
        />
        <button type="submit" className="button">
          {words.applyPlatform}
        </button>
      </div>
      <p id={`${id}hint`} className={styles.hint}>
        {words.platformHint}
      </p>
      <datalist id={`${id}versions`}>
        {versionsIn(requirements).map((version) => (
          <option key={version} value={version} />
        ))}
      </datalist>
    </form>
  );
}

/** The versions that requirements such as `>=0.1.0, <2.0.0` name. */
function versionsIn(requirements: FacetCount[]): string[] {
  const named = requirements.flatMap(({ value }) => value.match(/\d+\.\d+\.\d+/g) ?? []);
  return [...new Set(named)];
}
