import { useLocale } from '../i18n/locale';
import { FormPage } from './Form';
import { SignInAt } from './OpenId';
import { useSession } from './session';

/** In the place of a form for a password, where people sign in at the provider only. */
export function AtProvider({ title }: { title: string }) {
  const { messages } = useLocale();
  const { state } = useSession();
  const provider = state?.openid;
  if (!provider) return null;
  return (
    <FormPage title={title} introduction={messages.accounts.providerOnly(provider)}>
      <SignInAt provider={provider} />
    </FormPage>
  );
}
