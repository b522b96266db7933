import type { Screenshot } from '../api/registry';
import { useLocale } from '../i18n/locale';
import { useSurroundings } from '../surroundings';
import styles from './Screenshots.module.css';

interface ScreenshotsProps {
  module: string;
  screenshots: Screenshot[];
}

/** The pictures of a module, small and beside each other; each leads to itself. Nothing where there are none. */
export function Screenshots({ module, screenshots }: ScreenshotsProps) {
  const { messages } = useLocale();
  const { registryUrl } = useSurroundings();
  if (screenshots.length === 0) return null;
  return (
    <section aria-label={messages.module.screenshots}>
      <ul className={styles.list}>
        {screenshots.map(({ url, thumbnail_url }, place) => (
          <li key={url}>
            <a href={`${registryUrl}${url}`}>
              <img
                src={`${registryUrl}${thumbnail_url}`}
                alt={messages.module.screenshot(place + 1, module)}
                loading="lazy"
              />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
