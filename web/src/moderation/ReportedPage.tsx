import { useCallback, useRef } from 'react';
import { SignedIn } from '../accounts/SignedIn';
import { useSession } from '../accounts/session';
import { PagedList } from '../components/PagedList';
import { useLocale } from '../i18n/locale';
import { usePages } from '../lib/usePages';
import { Page } from './Page';
import { ReportedRows } from './ReportedRows';

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
      async (cursor: string | undefined, signal: AbortSignal) => {
        const page = await moderation.reportedModules(cursor, signal);
        return { items: page.modules, next_cursor: page.next };
      },
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
    </PagedList>
  );
}
