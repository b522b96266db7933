import type { ReactNode } from 'react';
import type { ListingChanges as Changes, Permission } from '../api/registry';
import { useLocale } from '../i18n/locale';
import { Command } from './Command';
import { ListingChanges } from './ListingChanges';
import { Permissions } from './Permissions';
import { Words } from './Words';
import styles from './ModuleLayout.module.css';

interface ModuleLayoutProps {
  header: ReactNode;
  /** What `adx install` is given: a module, or one version of it. Nothing for what is not installed any more. */
  installs: string | undefined;
  /** What it costs and how to buy it; nothing on the page of one version, which is not sold by itself. */
  offer?: ReactNode;
  permissions: Permission[];
  /** What of them is new. */
  changes: Changes | null | undefined;
  facts: ReactNode;
  children: ReactNode;
}

/** How the page of a module and that of one version are laid out; what decides an installation stands first. */
export function ModuleLayout({
  header,
  installs,
  offer,
  permissions,
  changes,
  facts,
  children,
}: ModuleLayoutProps) {
  const { messages } = useLocale();
  return (
    <article>
      <div className={styles.columns}>
        <div className={styles.header}>{header}</div>
        <div className={styles.install}>
          {offer}
          <section aria-labelledby="adx-install">
            <h2 id="adx-install">{messages.install.title}</h2>
            {installs && (
              <Command
                label={messages.install.command}
                text={`adx install ${installs} --activate`}
              />
            )}
            <p className={styles.note}>
              <Words>{installs ? messages.install.note : messages.install.withdrawn}</Words>
            </p>
          </section>
        </div>
        <section className={styles.permissions} aria-labelledby="adx-permissions">
          <h2 id="adx-permissions">{messages.permissions.title}</h2>
          <Permissions permissions={permissions} />
          <ListingChanges changes={changes} />
        </section>
        <div className={styles.content}>{children}</div>
        <section className={styles.facts} aria-labelledby="adx-facts">
          <h2 id="adx-facts">{messages.facts.title}</h2>
          {facts}
        </section>
      </div>
    </article>
  );
}
