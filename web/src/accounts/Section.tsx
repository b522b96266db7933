import type { ReactNode } from 'react';
import styles from './AccountPage.module.css';

/** A part of a page about the account, with its heading. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.section} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
