import { useCallback, useRef } from 'react';
import { NamespaceChoice } from '../accounts/NamespaceChoice';
import { SignedIn } from '../accounts/SignedIn';
import { useSession } from '../accounts/session';
import { PagedList } from '../components/PagedList';
import { useLocale } from '../i18n/locale';
import { usePages } from '../lib/usePages';
import { Section } from '../submissions/Section';
import { AppealEntry } from './AppealEntry';
import { Page } from './Page';
import { PersonsAppeals } from './PersonsAppeals';

/** What the person, and a publisher of theirs, has appealed against, and the answers. */
export function OwnAppealsPage() {
  const { messages } = useLocale();
  const words = messages.appeals;
  return (
    <SignedIn title={words.title}>
      {(account, csrf) => (
        <Page title={words.title} introduction={words.ownIntroduction}>
          <Section title={words.own}>
            <PersonsAppeals csrf={csrf} />
          </Section>
          <Section title={words.ofPublishers}>
            <NamespaceChoice account={account}>
              {(namespace) => <OfPublisher key={namespace} namespace={namespace} />}
            </NamespaceChoice>
          </Section>
        </Page>
      )}
    </SignedIn>
  );
}

function OfPublisher({ namespace }: { namespace: string }) {
  const { messages } = useLocale();
  const { moderation } = useSession();
  const list = useRef<HTMLUListElement>(null);
  const pages = usePages(
    useCallback(
      async (_: string | undefined, signal: AbortSignal) => ({
        items: await moderation.appealsOf(namespace, signal),
      }),
      [moderation, namespace],
    ),
  );
  const words = messages.appeals;
  return (
    <PagedList
      pages={pages}
      list={list}
      shown={pages.items.length}
      empty={{ title: words.none(namespace), detail: words.noneHint }}
    >
      <ul ref={list} aria-label={words.list}>
        {pages.items.map((appeal) => (
          <AppealEntry key={appeal.id} appeal={appeal} base="/submissions/" level="h3" />
        ))}
      </ul>
    </PagedList>
  );
}
