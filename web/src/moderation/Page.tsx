import type { ReactNode } from 'react';
import { PageHeading } from '../components/PageHeading';
import styles from '../submissions/page.module.css';

interface PageProps {
  title: string;
  introduction?: string;
  /** Where the page lies, above its title. */
  trail?: ReactNode;
  children: ReactNode;
}

/** How the pages about reports, appeals, held names and accounts are laid out. */
export function Page({ title, introduction, trail, children }: PageProps) {
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        {trail}
        <PageHeading title={title} className={styles.heading}>
          {title}
        </PageHeading>
        {introduction && <p className={styles.quiet}>{introduction}</p>}
      </header>
      {children}
    </div>
  );
}
