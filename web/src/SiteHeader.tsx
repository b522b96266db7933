import { useEffect, useId, useRef, useState } from 'react';
import { Link, NavLink, useLocation } from 'react-router';
import { useSession } from './accounts/session';
import { Icon, Mark } from './components/Icon';
import { ThemeChoice } from './components/ThemeChoice';
import { useLocale } from './i18n/locale';
import type { Theme } from './lib/theme';
import styles from './SiteHeader.module.css';

interface SiteHeaderProps {
  theme: Theme;
  onChooseTheme: (theme: Theme) => void;
}

/** One row: the way home, and the site's links, which narrow screens keep behind a button. */
export function SiteHeader({ theme, onChooseTheme }: SiteHeaderProps) {
  const { messages } = useLocale();
  const { key } = useLocation();
  // Open on the page that it was opened on: whoever goes to another one leaves it closed.
  const [openOn, openIt] = useState<string>();
  const isOpen = openOn === key;
  const header = useRef<HTMLElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!isOpen) return undefined;
    const close = () => {
      openIt(undefined);
    };
    const closeByKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      close();
      button.current?.focus();
    };
    const closeFromOutside = ({ target }: Event) => {
      if (target instanceof Node && !header.current?.contains(target)) close();
    };
    document.addEventListener('keydown', closeByKey);
    document.addEventListener('pointerdown', closeFromOutside);
    document.addEventListener('focusin', closeFromOutside);
    return () => {
      document.removeEventListener('keydown', closeByKey);
      document.removeEventListener('pointerdown', closeFromOutside);
      document.removeEventListener('focusin', closeFromOutside);
    };
  }, [isOpen]);
  return (
    <header ref={header} className={styles.header}>
      <div className={styles.bar}>
        <Link to="/" className={styles.wordmark} aria-label={messages.app.home}>
          <Mark />
          <span aria-hidden="true">
            ADX <span className={styles.quiet}>Marketplace</span>
          </span>
        </Link>
        <button
          ref={button}
          type="button"
          className={`button ${styles.disclose}`}
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={() => {
            openIt(isOpen ? undefined : key);
          }}
        >
          <Icon shape={isOpen ? 'close' : 'menu'} />
          {messages.app.menu}
        </button>
        <div id={id} className={styles.menu} data-open={isOpen}>
          <nav aria-label={messages.app.siteNavigation} className={styles.nav}>
            <a href="/docs">{messages.app.apiReference}</a>
            <Whoever />
          </nav>
          <ThemeChoice theme={theme} onChoose={onChooseTheme} />
        </div>
      </div>
    </header>
  );
}

/** Who is signed in, or the way there. */
function Whoever() {
  const { messages } = useLocale();
  const { state } = useSession();
  if (state === undefined) return null;
  return state.account ? (
    <>
      {state.account.is_operator && (
        <>
          <NavLink to="/review">{messages.app.review}</NavLink>
          <NavLink to="/names">{messages.names.title}</NavLink>
          <NavLink to="/reports">{messages.reports.title}</NavLink>
          <NavLink to="/appeals">{messages.appeals.title}</NavLink>
          <NavLink to="/accounts">{messages.people.title}</NavLink>
          <NavLink to="/orders">{messages.market.orders.title}</NavLink>
        </>
      )}
      <NavLink to="/account">{messages.accounts.account}</NavLink>
    </>
  ) : (
    <NavLink to="/sign-in">{messages.accounts.signIn}</NavLink>
  );
}
