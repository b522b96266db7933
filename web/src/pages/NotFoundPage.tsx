import { Link } from 'react-router';
import { PageHeading } from '../components/PageHeading';
import { useLocale } from '../i18n/locale';
import styles from './NotFoundPage.module.css';

export function NotFoundPage() {
  const { messages } = useLocale();
  return <Missing title={messages.state.notFound} />;
}

/** Nothing is at this address. */
export function Missing({ title }: { title: string }) {
  const { messages } = useLocale();
  return (
    <div className={styles.missing}>
      <p className={styles.code} aria-hidden="true">
        404
      </p>
      <PageHeading title={title} className={styles.heading}>
        {title}
      </PageHeading>
      <p className={styles.detail}>{messages.state.notFoundDetail}</p>
      <Link to="/" className="button">
        {messages.state.searchInstead}
      </Link>
    </div>
  );
}
