import { useLocale } from '../i18n/locale';
import styles from './AccountPage.module.css';

/** Recovery codes, shown until they are kept. */
export function RecoveryCodes({ codes, onKept }: { codes: string[]; onKept: () => void }) {
  const { messages } = useLocale();
  const words = messages.accounts;
  return (
    <>
      <h3>{words.recoveryCodes}</h3>
      <p role="status">{words.recoveryCodesDetail}</p>
      <ul className={styles.codes}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <button type="button" className="button" onClick={onKept}>
        {words.recoveryCodesKept}
      </button>
    </>
  );
}
