import { useCallback, useRef, useState } from 'react';
import { Done } from '../accounts/Form';
import { useSession } from '../accounts/session';
import type { AppealState } from '../api/moderation';
import { PagedList } from '../components/PagedList';
import { Pills } from '../components/Pills';
import { useLocale } from '../i18n/locale';
import { usePages } from '../lib/usePages';
import { useFilter } from '../submissions/useFilter';
import { AnswerAppeal, type Answering } from './AnswerAppeal';
import { AppealEntry } from './AppealEntry';
import { AskButton } from './AskButton';
import { inPlain } from './subject';
import { useTold } from './useTold';

/** Besides those that wait. */
const DECIDED: AppealState[] = ['granted', 'denied'];

/** The appeals of every publisher and person, and the answers to those that wait. */
export function Appeals({ csrf }: { csrf: string }) {
  const { messages } = useLocale();
  const { moderation } = useSession();
  const [state, chooseState] = useFilter('state', DECIDED);
  const [asked, ask] = useState<Answering>();
  const { told, tell, place } = useTold(asked !== undefined);
  const list = useRef<HTMLUListElement>(null);
  const pages = usePages(
    useCallback(
      async (cursor: string | undefined, signal: AbortSignal) => {
        const page = await moderation.appeals(state || undefined, cursor, signal);
        return { items: page.appeals, next_cursor: page.next };
      },
      [moderation, state],
    ),
  );
  const words = messages.appeals;
  const button = (answering: Answering, label: string, name: string) => (
    <AskButton
      name={name}
      onAsk={() => {
        tell(undefined);
        ask(answering);
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
          { value: '', label: words.states.open },
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
          {pages.items.map((appeal) => (
            <AppealEntry key={appeal.id} appeal={appeal} base="/review/">
              {appeal.state === 'open' && (
                <>
                  {button({ appeal, grant: true }, words.grant, words.grantOf(inPlain(appeal)))}
                  {button({ appeal, grant: false }, words.deny, words.denyOf(inPlain(appeal)))}
                </>
              )}
            </AppealEntry>
          ))}
        </ul>
      </PagedList>
      <AnswerAppeal
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
