import { Link, useParams } from 'react-router';
import { SignedIn } from '../accounts/SignedIn';
import { Trail } from '../components/Trail';
import { useLocale } from '../i18n/locale';
import { ModuleReports } from './ModuleReports';
import { Page } from './Page';

/** What was said of one module. */
export function ModuleReportsPage() {
  const { namespace = '', name = '' } = useParams();
  const { messages } = useLocale();
  const words = messages.reports;
  const module = `${namespace}/${name}`;
  return (
    <SignedIn title={words.title} operatorsOnly>
      {(_, csrf) => (
        <Page
          title={words.of(module)}
          trail={<Trail steps={[{ label: words.title, to: '/reports' }, { label: module }]} />}
        >
          <p>
            <Link to={`/modules/${module}`}>{words.toModule}</Link>
          </p>
          <ModuleReports key={module} module={module} csrf={csrf} />
        </Page>
      )}
    </SignedIn>
  );
}
