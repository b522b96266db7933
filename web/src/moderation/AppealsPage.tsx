import { SignedIn } from '../accounts/SignedIn';
import { useLocale } from '../i18n/locale';
import { Appeals } from './Appeals';
import { Page } from './Page';

/** What publishers and people say against decisions, for the operators who decide once more. */
export function AppealsPage() {
  const { messages } = useLocale();
  const words = messages.appeals;
  return (
    <SignedIn title={words.title} operatorsOnly>
      {(_, csrf) => (
        <Page title={words.title} introduction={words.introduction}>
          <Appeals csrf={csrf} />
        </Page>
      )}
    </SignedIn>
  );
}
