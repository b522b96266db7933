import type { ModuleDetail } from '../api/registry';
import { useLocale } from '../i18n/locale';
import { Badge } from './Badge';
import styles from './Publisher.module.css';

/** Whose a module is, with the domain that its publisher holds. */
export function Publisher({ publisher }: Pick<ModuleDetail, 'publisher'>) {
  const words = useLocale().messages.module;
  return (
    <>
      {publisher.display_name}
      {publisher.verified_domain && (
        <>
          {' '}
          <Badge tone="accent">
            <span className="visually-hidden">{words.holds} </span>
            <span className={styles.domain}>{publisher.verified_domain}</span>
          </Badge>
        </>
      )}
    </>
  );
}
