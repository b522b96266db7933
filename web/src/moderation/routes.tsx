import { Route } from 'react-router';
import { AppealsPage } from './AppealsPage';
import { ModuleReportsPage } from './ModuleReportsPage';
import { NamesPage } from './NamesPage';
import { OwnAppealsPage } from './OwnAppealsPage';
import { PeoplePage } from './PeoplePage';
import { ReportedPage } from './ReportedPage';

/** The pages about reports, appeals, held names and accounts: for those who are signed in, and so on the registry's own site only. */
export const moderationRoutes = (
  <>
    <Route path="reports" element={<ReportedPage />} />
    <Route path="reports/:namespace/:name" element={<ModuleReportsPage />} />
    <Route path="appeals" element={<AppealsPage />} />
    <Route path="names" element={<NamesPage />} />
    <Route path="accounts" element={<PeoplePage />} />
    <Route path="account/appeals" element={<OwnAppealsPage />} />
  </>
);
