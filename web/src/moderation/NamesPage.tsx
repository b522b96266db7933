import { SignedIn } from '../accounts/SignedIn';
import { useLocale } from '../i18n/locale';
import { Names } from './Names';
import { Page } from './Page';

/** New names that resemble others, for the operators who look whether they are meant to be mistaken. */
export function NamesPage() {
  const { messages } = useLocale();
  const words = messages.names;
  return (
    <SignedIn title={words.title} operatorsOnly>
      {(_, csrf) => (
        <Page title={words.title} introduction={words.introduction}>
          <Names csrf={csrf} />
        </Page>
      )}
    </SignedIn>
  );
}
