import type { ReactNode } from 'react';
import { Words } from './Words';
import styles from './Notice.module.css';

interface NoticeProps {
  icon?: ReactNode;
  title: string;
  detail?: string | undefined;
  hint?: string | undefined;
  children?: ReactNode;
}

/** Said in place of content: nothing found, nothing there, something failed. */
export function Notice({ icon, title, detail, hint, children }: NoticeProps) {
  return (
    <div className={styles.notice}>
      {icon && <span className={styles.icon}>{icon}</span>}
      <h2 className={styles.title}>{title}</h2>
      {detail && (
        <p className={styles.detail}>
          <Words>{detail}</Words>
        </p>
      )}
      {hint && (
        <p className={styles.hint}>
          <Words>{hint}</Words>
        </p>
      )}
      {children && <div className={styles.actions}>{children}</div>}
    </div>
  );
}
