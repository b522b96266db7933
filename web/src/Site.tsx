import { useCallback } from 'react';
import { Route } from 'react-router';
import { accountRoutes } from './accounts/routes';
import { SessionProvider } from './accounts/session';
import { useLocale } from './i18n/locale';
import { useTheme } from './lib/theme';
import { MarketplacePages } from './MarketplacePages';
import { moderationRoutes } from './moderation/routes';
import { publisherRoutes } from './publishers/routes';
import { PublishingPage } from './publishing/PublishingPage';
import { SiteHeader } from './SiteHeader';
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
        <SiteHeader theme={theme} onChooseTheme={setTheme} />
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
            {publisherRoutes}
            <Route path="account/publishing" element={<PublishingPage />} />
          </MarketplacePages>
        </main>
        <footer className={styles.footer}>
          <p>{messages.app.footer}</p>
        </footer>
      </div>
    </SessionProvider>
  );
}
