import { useCallback, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { Done } from '../accounts/Form';
import { useSession } from '../accounts/session';
import type { AccountState } from '../api/moderation';
import { PagedList } from '../components/PagedList';
import { Pills } from '../components/Pills';
import { useLocale } from '../i18n/locale';
import { usePages } from '../lib/usePages';
import { useFilter } from '../submissions/useFilter';
import { DisableAccount, type Disabling } from './DisableAccount';
import { FindPeople } from './FindPeople';
import { PeopleTable } from './PeopleTable';
import { useTold } from './useTold';

/** Those that people ask for; erased ones tell nothing. */
const STATES: AccountState[] = ['active', 'disabled', 'unverified'];

interface PeopleProps {
  /** The account of whoever looks, who cannot disable it. */
  own: string;
  csrf: string;
}

/** The accounts whose name or address begins as the address says, each with what can be done about it. */
export function People({ own, csrf }: PeopleProps) {
  const { messages } = useLocale();
  const { moderation } = useSession();
  const [params, setParams] = useSearchParams();
  const [state, chooseState] = useFilter('state', STATES);
  const begins = params.get('q') ?? '';
  const [asked, ask] = useState<Disabling>();
  const { told, tell, place } = useTold(asked !== undefined);
  const rows = useRef<HTMLTableSectionElement>(null);
  const pages = usePages(
    useCallback(
      async (cursor: string | undefined, signal: AbortSignal) => {
        const page = await moderation.accounts(begins, state || undefined, cursor, signal);
        return { items: page.accounts, next_cursor: page.next };
      },
      [moderation, begins, state],
    ),
  );
  const words = messages.people;
  return (
    <>
      <FindPeople
        key={begins}
        begins={begins}
        onFind={(text) => {
          tell(undefined);
          const next = new URLSearchParams(params);
          if (text) next.set('q', text);
          else next.delete('q');
          setParams(next, { preventScrollReset: true });
        }}
      />
      <Pills
        name="adx-state"
        legend={words.state}
        isTitled
        options={[
          { value: '', label: words.all },
          ...STATES.map((value) => ({ value, label: words.states[value] })),
        ]}
        chosen={state}
        onChoose={(next) => {
          tell(undefined);
          chooseState(next);
        }}
      />
      {told && <Done ref={place}>{told}</Done>}
      <PagedList
        pages={pages}
        list={rows}
        shown={pages.items.length}
        empty={{ title: words.empty, detail: words.emptyHint }}
      >
        <PeopleTable
          accounts={pages.items}
          own={own}
          rows={rows}
          onAsk={(asking) => {
            tell(undefined);
            ask(asking);
          }}
        />
      </PagedList>
      <DisableAccount
        asked={asked}
        csrf={csrf}
        onClose={() => {
          ask(undefined);
        }}
        onDone={(done) => {
          tell(done);
          pages.first.retry();
        }}
      />
    </>
  );
}
