import { NamespaceChoice } from '../accounts/NamespaceChoice';
import { SignedIn } from '../accounts/SignedIn';
import { PageHeading } from '../components/PageHeading';
import { useLocale } from '../i18n/locale';
import { Section } from '../submissions/Section';
import { Domain } from './Domain';
import { Rules } from './Rules';
import { Tokens } from './Tokens';
import { TrustedPublishers } from './TrustedPublishers';
import styles from './PublishingPage.module.css';

/** Who may publish for a namespace, what is asked of its releases, and which domain shows whose it is. */
export function PublishingPage() {
  const { messages } = useLocale();
  const words = messages.publishing;
  return (
    <SignedIn title={words.title}>
      {(account, csrf) => (
        <div className={styles.page}>
          <PageHeading title={words.title}>{words.title}</PageHeading>
          <p className={styles.quiet}>{words.introduction}</p>
          <NamespaceChoice account={account}>
            {(namespace) => (
              <div key={namespace} className={styles.parts}>
                <Section title={words.trusted}>
                  <TrustedPublishers namespace={namespace} csrf={csrf} />
                </Section>
                <Section title={words.rules}>
                  <Rules namespace={namespace} csrf={csrf} />
                </Section>
                <Section title={words.domain}>
                  <Domain namespace={namespace} csrf={csrf} />
                </Section>
                <Section title={words.tokens}>
                  <Tokens namespace={namespace} csrf={csrf} />
                </Section>
              </div>
            )}
          </NamespaceChoice>
        </div>
      )}
    </SignedIn>
  );
}
