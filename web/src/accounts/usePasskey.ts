import { useCallback } from 'react';
import { Problem } from '../api/problem';
import { useLocale } from '../i18n/locale';
import { PasskeyError } from '../lib/passkey';

/** Asks a device; what it does not do is said in plain words. */
export function usePasskey(): <T>(ask: () => Promise<T>) => Promise<T> {
  const { messages } = useLocale();
  const words = messages.accounts.passkeyTrouble;
  return useCallback(
    async (ask) => {
      try {
        return await ask();
      } catch (cause) {
        if (cause instanceof PasskeyError) throw new Problem(400, '', words[cause.trouble]);
        throw cause;
      }
    },
    [words],
  );
}
