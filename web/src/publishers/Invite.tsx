import { Field, Form, Options } from '../accounts/Form';
import { useSession } from '../accounts/session';
import { useAction } from '../accounts/useAction';
import { useLocale } from '../i18n/locale';
import { MAX_NAME } from './limits';
import { outcome } from './outcome';
import { roleOf, ROLES } from './roles';
import styles from '../publishing/PublishingPage.module.css';

interface InviteProps {
  namespace: string;
  csrf: string;
  /** Told that somebody is about to be invited. */
  onStart: () => void;
  /** Told what came of it, in words. */
  onDone: (told: string) => void;
}

/** Invites somebody: at once as anything but an owner, which is proposed. */
export function Invite({ namespace, csrf, onStart, onDone }: InviteProps) {
  const locale = useLocale();
  const { publishers } = useSession();
  const action = useAction();
  const { messages } = locale;
  const words = messages.publisherPages;
  const means = { ...messages.publishers.roleMeans, owner: words.inviteOwner };
  return (
    <>
      <h3>{words.invite}</h3>
      <p className={styles.quiet}>{words.inviteDetail}</p>
      <Form
        action={action}
        submit={words.invite}
        label={words.invite}
        onSubmit={async (value) => {
          onStart();
          const role = roleOf(value('role'));
          const who = { name: value('name').trim(), email: value('email').trim() };
          const told = words.invited(who.email);
          if (role === 'owner') {
            const wanted = { kind: 'invite-owner' as const, ...who };
            onDone(outcome(await publishers.propose(csrf, namespace, wanted), locale, told));
          } else {
            await publishers.invite(csrf, namespace, { ...who, role });
            onDone(told);
          }
        }}
      >
        <div className={styles.fields}>
          <Field
            name="name"
            label={messages.accounts.name}
            hint={words.memberNameHint}
            autoComplete="off"
            maxLength={MAX_NAME}
          />
          <Field name="email" type="email" label={messages.accounts.email} autoComplete="off" />
        </div>
        <Options
          name="role"
          label={words.role}
          options={ROLES.map((value) => ({
            value,
            label: messages.publishers.role[value],
            hint: means[value],
          }))}
        />
      </Form>
    </>
  );
}
