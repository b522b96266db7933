import { useId, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import styles from './Tabs.module.css';

export interface Tab {
  /** Stands in the address as `?tab=`, except for the first tab. */
  key: string;
  label: string;
  content: ReactNode;
}

/** Tabs after the ARIA pattern <https://www.w3.org/WAI/ARIA/apg/patterns/tabs/>, the chosen one kept in the address. */
export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  const [params, setParams] = useSearchParams();
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const asked = params.get('tab');
  const chosen = tabs.find(({ key }) => key === asked) ?? tabs[0];

  const choose = (index: number) => {
    const tab = tabs[index];
    if (!tab) return;
    setParams(index === 0 ? {} : { tab: tab.key }, { replace: true, preventScrollReset: true });
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[index]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent, index: number) => {
    const last = tabs.length - 1;
    const targets: Record<string, number> = {
      ArrowRight: index === last ? 0 : index + 1,
      ArrowLeft: index === 0 ? last : index - 1,
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    choose(target);
  };

  return (
    <div>
      <div role="tablist" aria-label={label} className={styles.list} ref={list}>
        {tabs.map((tab, index) => (
          <button
            key={tab.key}
            type="button"
            role="tab"
            id={`${id}-${tab.key}-tab`}
            aria-selected={tab === chosen}
            aria-controls={`${id}-${tab.key}`}
            tabIndex={tab === chosen ? 0 : -1}
            className={styles.tab}
            onClick={() => {
              choose(index);
            }}
            onKeyDown={(event) => {
              onKeyDown(event, index);
            }}
          >
            {tab.label}
          </button>
        ))}
      </div>
      {tabs.map((tab) => (
        <div
          key={tab.key}
          role="tabpanel"
          id={`${id}-${tab.key}`}
          aria-labelledby={`${id}-${tab.key}-tab`}
          hidden={tab !== chosen}
          className={styles.panel}
        >
          {tab === chosen && tab.content}
        </div>
      ))}
    </div>
  );
}
