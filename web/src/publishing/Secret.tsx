import { Command } from '../components/Command';
import { Words } from '../components/Words';
import { useLocale } from '../i18n/locale';
import { loginCommand } from '../lib/loginCommand';

/** A token that is shown this once, and how `adx` keeps it. */
export function Secret({ secret }: { secret: string }) {
  const words = useLocale().messages.publishing;
  return (
    <>
      <Command label={words.secretLabel} text={secret} />
      <p>
        <Words>{words.secretLogin}</Words>
      </p>
      <Command label={words.loginLabel} text={loginCommand('')} />
    </>
  );
}
