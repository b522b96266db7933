import { Fragment, type KeyboardEvent, type Ref, type RefObject } from 'react';
import { Link } from 'react-router';
import type { SearchHit } from '../api/registry';
import { useLocale } from '../i18n/locale';
import { categoryInWords } from '../lib/category';
import { highlight, readHighlight, type Segment } from '../lib/highlight';
import { Badge } from './Badge';
import { ModuleGlyph } from './ModuleGlyph';
import styles from './ResultList.module.css';

interface ResultListProps {
  hits: SearchHit[];
  /** What they answer. */
  question: string;
  list: Ref<HTMLUListElement>;
  /** Going up from the first result, or away by Escape. */
  onLeaveUp: () => void;
}

const linksOf = (list: Element | null | undefined) =>
  Array.from(list?.querySelectorAll<HTMLAnchorElement>('a[data-result]') ?? []);

export function focusFirstResult(list: RefObject<HTMLUListElement | null>): void {
  linksOf(list.current)[0]?.focus();
}

export function ResultList({ hits, question, list, onLeaveUp }: ResultListProps) {
  const { messages } = useLocale();
  const onKeyDown = (event: KeyboardEvent<HTMLAnchorElement>) => {
    const links = linksOf(event.currentTarget.closest('ul'));
    const here = links.indexOf(event.currentTarget);
    const targets: Record<string, HTMLAnchorElement | undefined> = {
      ArrowDown: links[Math.min(here + 1, links.length - 1)],
      ArrowUp: links[here - 1],
      Home: links[0],
      End: links.at(-1),
    };
    if (event.key === 'Escape' || (event.key === 'ArrowUp' && here === 0)) {
      event.preventDefault();
      onLeaveUp();
    } else if (event.key in targets) {
      event.preventDefault();
      targets[event.key]?.focus();
    }
  };
  return (
    <>
      <p id="adx-results-help" hidden>
        {messages.search.keyboardHelp}
      </p>
      <ul ref={list} className={styles.list} aria-describedby="adx-results-help">
        {hits.map((hit) => (
          <Result key={hit.module} hit={hit} question={question} onKeyDown={onKeyDown} />
        ))}
      </ul>
    </>
  );
}

interface ResultProps {
  hit: SearchHit;
  question: string;
  onKeyDown: (event: KeyboardEvent<HTMLAnchorElement>) => void;
}

function Result({ hit, question, onKeyDown }: ResultProps) {
  const { messages } = useLocale();
  return (
    <li className={styles.row}>
      <ModuleGlyph module={hit.module} />
      <div className={styles.words}>
        <h3 className={styles.name}>
          <Link to={`/modules/${hit.module}`} data-result="" onKeyDown={onKeyDown}>
            <MarkedByRegistry text={hit.display_name} html={hit.name_highlight} />
          </Link>
        </h3>
        <p className={styles.id}>
          <Marked segments={highlight(hit.module, question)} />
          <span className={styles.version}>{hit.latest}</span>
          {hit.deprecation && <Badge tone="warn">{messages.standing.deprecatedMark}</Badge>}
        </p>
        <p className={styles.description}>
          <MarkedByRegistry text={hit.description} html={hit.highlight} />
        </p>
        {(hit.category ?? hit.tags.length > 0) && (
          <ul className={styles.tags}>
            {hit.category && <li className={styles.category}>{categoryInWords(hit.category)}</li>}
            {hit.tags.map((tag) => (
              <li key={tag}>
                <Marked segments={highlight(tag, question)} />
              </li>
            ))}
          </ul>
        )}
      </div>
    </li>
  );
}

/** A text as the registry marked it; it marks nothing where nothing in it matched. */
function MarkedByRegistry({ text, html }: { text: string; html: string | null | undefined }) {
  return html ? <Marked segments={readHighlight(html)} /> : text;
}

function Marked({ segments }: { segments: Segment[] }) {
  return segments.map(({ text, match }, index) =>
    match ? <mark key={index}>{text}</mark> : <Fragment key={index}>{text}</Fragment>,
  );
}
