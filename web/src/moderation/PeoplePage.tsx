import { SignedIn } from '../accounts/SignedIn';
import { useLocale } from '../i18n/locale';
import { Page } from './Page';
import { People } from './People';

/** The accounts of people, for the operators who keep somebody out or let somebody in again. */
export function PeoplePage() {
  const { messages } = useLocale();
  const words = messages.people;
  return (
    <SignedIn title={words.title} operatorsOnly>
      {({ id }, csrf) => (
        <Page title={words.title} introduction={words.introduction}>
          <People own={id} csrf={csrf} />
        </Page>
      )}
    </SignedIn>
  );
}
