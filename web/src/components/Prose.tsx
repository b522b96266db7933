import { useMemo } from 'react';
import { fitReadme } from '../lib/readme';
import styles from './Prose.module.css';

interface ProseProps {
  /** Rendered and sanitised by the registry. */
  html: string;
  /** The heading of the page it is shown on; a first heading that repeats it is left out. */
  pageTitle: string;
}

export function Prose({ html, pageTitle }: ProseProps) {
  const fitted = useMemo(() => ({ __html: fitReadme(html, pageTitle) }), [html, pageTitle]);
  return <div className={styles.prose} dangerouslySetInnerHTML={fitted} />;
}
