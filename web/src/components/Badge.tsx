import type { ReactNode } from 'react';
import styles from './Badge.module.css';

interface BadgeProps {
  tone: 'plain' | 'accent' | 'warn';
  children: ReactNode;
}

export function Badge({ tone, children }: BadgeProps) {
  return <span className={`${styles.badge} ${styles[tone]}`}>{children}</span>;
}
