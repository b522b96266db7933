import { useCallback, useRef } from 'react';
import { SignedIn } from '../accounts/SignedIn';
import { useSession } from '../accounts/session';
import { PagedList } from '../components/PagedList';
import { useLocale } from '../i18n/locale';
import { usePages } from '../lib/usePages';
import styles from '../submissions/page.module.css';
import { Page } from './Page';
import { ReportedRows } from './ReportedRows';

/** As many modules as the registry lists. */
const MAX_MODULES = 100;

/** The modules that somebody has reported. */
export function ReportedPage() {
  const { messages } = useLocale();
  const words = messages.reports;
  return (
    <SignedIn title={words.title} operatorsOnly>
      {() => (
        <Page title={words.title} introduction={words.introduction}>
          <Reported />
        </Page>
      )}
    </SignedIn>
  );
}

function Reported() {
  const { messages } = useLocale();
  const { moderation } = useSession();
  const list = useRef<HTMLUListElement>(null);
  const pages = usePages(
    useCallback(
      async (_: string | undefined, signal: AbortSignal) => ({
        items: await moderation.reportedModules(signal),
      }),
      [moderation],
    ),
  );
  const words = messages.reports;
  const { items } = pages;
  return (
    <PagedList
      pages={pages}
      list={list}
      shown={items.length}
      empty={{ title: words.empty, detail: words.emptyHint }}
    >
      <ReportedRows modules={items} list={list} />
      {items.length >= MAX_MODULES && <p className={styles.quiet}>{words.full(MAX_MODULES)}</p>}
    </PagedList>
  );
}
