import { Link, useParams } from 'react-router';
import { SignedIn } from '../accounts/SignedIn';
import { PageHeading } from '../components/PageHeading';
import { useLocale } from '../i18n/locale';
import { Webhooks } from './Webhooks';
import styles from '../publishing/PublishingPage.module.css';

/** Where the events of a publisher are sent, and what became of each. */
export function WebhooksPage() {
  const { namespace = '' } = useParams();
  const { messages } = useLocale();
  const words = messages.webhooks;
  const title = words.title(namespace);
  return (
    <SignedIn title={title}>
      {(_, csrf) => (
        <div className={styles.page}>
          <PageHeading title={title}>{title}</PageHeading>
          <p className={styles.quiet}>{words.introduction}</p>
          <p>
            <Link to={`/account/publishers/${namespace}`}>
              {messages.publisherPages.toPublisher(namespace)}
            </Link>
          </p>
          <Webhooks key={namespace} namespace={namespace} csrf={csrf} />
        </div>
      )}
    </SignedIn>
  );
}
