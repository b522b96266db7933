import { useCallback, useRef, useState } from 'react';
import { Done } from '../accounts/Form';
import { useSession } from '../accounts/session';
import type { HeldNameState } from '../api/moderation';
import { PagedList } from '../components/PagedList';
import { Pills } from '../components/Pills';
import { useLocale } from '../i18n/locale';
import { usePages } from '../lib/usePages';
import { useFilter } from '../submissions/useFilter';
import { AnswerName, type Deciding } from './AnswerName';
import { AskButton } from './AskButton';
import { NameEntry } from './NameEntry';
import { useTold } from './useTold';

/** Besides those that wait. */
const DECIDED: HeldNameState[] = ['allowed', 'refused'];

/** The names that are held, and those that were decided on: what was decided can be decided otherwise. */
export function Names({ csrf }: { csrf: string }) {
  const { messages } = useLocale();
  const { moderation } = useSession();
  const [state, chooseState] = useFilter('state', DECIDED);
  const [asked, ask] = useState<Deciding>();
  const { told, tell, place } = useTold(asked !== undefined);
  const list = useRef<HTMLUListElement>(null);
  const pages = usePages(
    useCallback(
      async (cursor: string | undefined, signal: AbortSignal) => {
        const page = await moderation.heldNames(state || undefined, cursor, signal);
        return { items: page.names, next_cursor: page.next };
      },
      [moderation, state],
    ),
  );
  const words = messages.names;
  const button = (deciding: Deciding, label: string, name: string) => (
    <AskButton
      name={name}
      onAsk={() => {
        tell(undefined);
        ask(deciding);
      }}
    >
      {label}
    </AskButton>
  );
  return (
    <>
      <Pills
        name="adx-state"
        legend={words.state}
        isTitled
        options={[
          { value: '', label: words.states.held },
          ...DECIDED.map((value) => ({ value, label: words.states[value] })),
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
        list={list}
        shown={pages.items.length}
        empty={state ? { title: words.noneOf } : { title: words.empty, detail: words.emptyHint }}
      >
        <ul ref={list} aria-label={words.list}>
          {pages.items.map((held) => (
            <NameEntry key={held.id} held={held}>
              {held.state !== 'allowed' &&
                button({ held, allow: true }, words.allow, words.allowOf(held.name))}
              {held.state !== 'refused' &&
                button({ held, allow: false }, words.refuse, words.refuseOf(held.name))}
            </NameEntry>
          ))}
        </ul>
      </PagedList>
      <AnswerName
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
