import { useCallback } from 'react';
import { Link, Route } from 'react-router';
import { accountRoutes } from './accounts/routes';
import { SessionProvider, useSession } from './accounts/session';
import { ThemeChoice } from './components/ThemeChoice';
import { Mark } from './components/Icon';
import { useLocale } from './i18n/locale';
import { useTheme } from './lib/theme';
import { MarketplacePages } from './MarketplacePages';
import { moderationRoutes } from './moderation/routes';
import { PublishingPage } from './publishing/PublishingPage';
import { submissionRoutes } from './submissions/routes';
import './styles/site.css';
import styles from './Site.module.css';

/** The marketplace as a site of its own: what a host page would otherwise bring. */
export function Site() {
  const { messages } = useLocale();
  const [theme, setTheme] = useTheme();
  const showTitle = useCallback(
    (title: string) => {
      document.title = title ? messages.app.title(title) : messages.app.name;
    },
    [messages],
  );
  return (
    <SessionProvider>
      <div className={styles.site}>
        <a className={styles.skip} href="#content">
          {messages.app.skip}
        </a>
        <header className={styles.header}>
          <div className={styles.bar}>
            <Link to="/" className={styles.wordmark} aria-label={messages.app.home}>
              <Mark />
              <span aria-hidden="true">
                ADX <span className={styles.quiet}>Marketplace</span>
              </span>
            </Link>
            <nav aria-label={messages.app.siteNavigation} className={styles.nav}>
              <a href="/docs">{messages.app.apiReference}</a>
              <Whoever />
            </nav>
            <ThemeChoice theme={theme} onChoose={setTheme} />
          </div>
        </header>
        <main id="content" tabIndex={-1} className={styles.main}>
          <MarketplacePages
            registryUrl=""
            language={document.documentElement.lang}
            theme={theme}
            onTitle={showTitle}
          >
            {accountRoutes}
            {submissionRoutes}
            {moderationRoutes}
            <Route path="account/publishing" element={<PublishingPage />} />
          </MarketplacePages>
        </main>
        <footer className={styles.footer}>
          <p className={styles.bar}>{messages.app.footer}</p>
        </footer>
      </div>
    </SessionProvider>
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
          <Link to="/review">{messages.app.review}</Link>
          <Link to="/reports">{messages.reports.title}</Link>
          <Link to="/appeals">{messages.appeals.title}</Link>
        </>
      )}
      <Link to="/account">{messages.accounts.account}</Link>
    </>
  ) : (
    <Link to="/sign-in">{messages.accounts.signIn}</Link>
  );
}
