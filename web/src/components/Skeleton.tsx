import { useLocale } from '../i18n/locale';
import styles from './Skeleton.module.css';

function Bar({ width }: { width: 'short' | 'medium' | 'long' }) {
  return <span className={`${styles.bar} ${styles[width]}`} />;
}

/** The shape of a result list that is still on its way. */
export function ResultsSkeleton() {
  return (
    <div className={styles.results} aria-hidden="true">
      {[0, 1, 2, 3, 4].map((row) => (
        <div key={row} className={styles.row}>
          <span className={styles.tile} />
          <span className={styles.lines}>
            <Bar width="short" />
            <Bar width="long" />
            <Bar width="medium" />
          </span>
        </div>
      ))}
    </div>
  );
}

/** The shape of filters that are still on their way. */
export function FiltersSkeleton() {
  return (
    <div className={styles.filters} aria-hidden="true">
      {[0, 1, 2].map((group) => (
        <div key={group} className={styles.lines}>
          <Bar width="short" />
          <Bar width="long" />
          <Bar width="long" />
        </div>
      ))}
    </div>
  );
}

/** The shape of a module's page that is still on its way. */
export function ModuleSkeleton({ title }: { title: string }) {
  const { messages } = useLocale();
  return (
    <>
      <h1 className="visually-hidden">{title}</h1>
      <p role="status" className="visually-hidden">
        {messages.state.loading}
      </p>
      <div aria-hidden="true" className={styles.module}>
        <div className={styles.row}>
          <span className={styles.tile} />
          <span className={styles.lines}>
            <Bar width="short" />
            <Bar width="medium" />
          </span>
        </div>
        <div className={styles.lines}>
          <Bar width="long" />
          <Bar width="long" />
          <Bar width="medium" />
        </div>
        <div className={styles.lines}>
          <Bar width="long" />
          <Bar width="medium" />
        </div>
      </div>
    </>
  );
}
