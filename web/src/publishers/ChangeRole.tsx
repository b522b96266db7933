import { Options } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import type { Member } from '../api/publishers';
import { useLocale } from '../i18n/locale';
import { outcome } from './outcome';
import { roleOf, ROLES } from './roles';

interface ChangeRoleProps {
  /** Whose; nobody's while it is not asked. */
  member: Member | undefined;
  namespace: string;
  csrf: string;
  onClose: () => void;
  onDone: (told: string) => void;
}

/** Gives a member another role. Who becomes an owner, or is one no more, is proposed. */
export function ChangeRole({ member, namespace, csrf, onClose, onDone }: ChangeRoleProps) {
  const locale = useLocale();
  const { publishers } = useSession();
  const { messages } = locale;
  const words = messages.publisherPages;
  const name = member?.name ?? '';
  return (
    <Question
      title={words.changeRoleQuestion(name)}
      detail={words.changeRoleDetail}
      submit={words.changeRole}
      isOpen={member !== undefined}
      onClose={onClose}
      onAnswer={async (value) => {
        const role = roleOf(value('role'));
        if (!member || role === member.role) return;
        const told = words.roleChanged(name, messages.publishers.role[role]);
        if (role === 'owner' || member.role === 'owner') {
          const action = { kind: 'change-role' as const, member: member.id, role };
          onDone(outcome(await publishers.propose(csrf, namespace, action), locale, told));
        } else {
          await publishers.changeRole(csrf, namespace, member.id, role);
          onDone(told);
        }
      }}
    >
      <Options
        name="role"
        label={words.role}
        chosen={member?.role}
        options={ROLES.map((value) => ({
          value,
          label: messages.publishers.role[value],
          hint: messages.publishers.roleMeans[value],
        }))}
      />
    </Question>
  );
}
