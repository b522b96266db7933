import { useMemo, type ReactNode } from 'react';
import { Route, Routes } from 'react-router';
import { createRegistry } from './api/registry';
import { createLocale, LocaleContext } from './i18n/locale';
import type { Theme } from './lib/theme';
import { AdvisoryPage } from './pages/AdvisoryPage';
import { ModulePage } from './pages/ModulePage';
import { NotFoundPage } from './pages/NotFoundPage';
import { SearchPage } from './pages/SearchPage';
import { VersionPage } from './pages/VersionPage';
import { SurroundingsContext } from './surroundings';
import './styles/base.css';
import styles from './MarketplacePages.module.css';

interface MarketplacePagesProps {
  registryUrl: string;
  language: string;
  theme: Theme;
  onTitle?: ((title: string) => void) | undefined;
  /** More pages, which only the registry's own site has. */
  children?: ReactNode;
}

const nobody = () => undefined;

/** The pages, inside whichever router there is. */
export function MarketplacePages({
  registryUrl,
  language,
  theme,
  onTitle = nobody,
  children,
}: MarketplacePagesProps) {
  const locale = useMemo(() => createLocale(language), [language]);
  const surroundings = useMemo(
    () => ({ registry: createRegistry(registryUrl), registryUrl, onTitle }),
    [registryUrl, onTitle],
  );
  return (
    <LocaleContext value={locale}>
      <SurroundingsContext value={surroundings}>
        <div className={`adx ${styles.pages}`} data-theme={theme === 'auto' ? undefined : theme}>
          <Routes>
            <Route index element={<SearchPage />} />
            <Route path="modules/:namespace/:name" element={<ModulePage />} />
            <Route path="modules/:namespace/:name/:version" element={<VersionPage />} />
            <Route path="advisories/:id" element={<AdvisoryPage />} />
            {children}
            <Route path="*" element={<NotFoundPage />} />
          </Routes>
        </div>
      </SurroundingsContext>
    </LocaleContext>
  );
}
