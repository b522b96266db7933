import { useCallback, useRef, useState } from 'react';
import { Done } from '../accounts/Form';
import { useSession } from '../accounts/session';
import type { Report, ReportState } from '../api/moderation';
import { PagedList } from '../components/PagedList';
import { Pills } from '../components/Pills';
import { useLocale } from '../i18n/locale';
import { usePages } from '../lib/usePages';
import { useFilter } from '../submissions/useFilter';
import { ConfirmReport } from './ConfirmReport';
import { DismissReport } from './DismissReport';
import { ReportEntry } from './ReportEntry';
import { useTold } from './useTold';

/** Besides those that wait. */
const DECIDED: ReportState[] = ['confirmed', 'dismissed'];

interface Asked {
  what: 'confirm' | 'dismiss';
  report: Report;
}

/** The reports of a module, and what an operator can do about each that waits. */
export function ModuleReports({ module, csrf }: { module: string; csrf: string }) {
  const { messages } = useLocale();
  const { moderation } = useSession();
  const [state, chooseState] = useFilter('state', DECIDED);
  const [asked, ask] = useState<Asked>();
  const { told, tell, place } = useTold(asked !== undefined);
  const list = useRef<HTMLUListElement>(null);
  const pages = usePages(
    useCallback(
      async (cursor: string | undefined, signal: AbortSignal) => {
        const page = await moderation.reports(module, state || undefined, cursor, signal);
        return { items: page.reports, next_cursor: page.next };
      },
      [moderation, module, state],
    ),
  );
  const words = messages.reports;
  const begin = (question: Asked) => {
    tell(undefined);
    ask(question);
  };
  const answering = {
    csrf,
    onClose: () => {
      ask(undefined);
    },
    onDone: (done: string) => {
      tell(done);
      pages.first.retry();
    },
  };
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
        empty={{ title: state ? words.noneOf : words.noneWaits }}
      >
        <ul ref={list} aria-label={words.reports}>
          {pages.items.map((report) => (
            <ReportEntry
              key={report.id}
              report={report}
              onAsk={(what) => {
                begin({ what, report });
              }}
            />
          ))}
        </ul>
      </PagedList>
      <ConfirmReport report={asked?.what === 'confirm' ? asked.report : undefined} {...answering} />
      <DismissReport report={asked?.what === 'dismiss' ? asked.report : undefined} {...answering} />
    </>
  );
}
