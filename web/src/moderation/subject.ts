import type { Appeal, NewAppeal } from '../api/moderation';

/** What an appeal is about. */
export type Subject = Pick<NewAppeal, 'kind' | 'subject'>;

/** Where pages of submissions are, for operators and for publishers: before an id. */
export type SubmissionBase = '/review/' | '/submissions/';

/** The page of what an appeal is about; none for a name that was refused. */
export function pageOf({ kind, subject }: Subject, base: SubmissionBase): string | undefined {
  switch (kind) {
    case 'module':
      return `/modules/${subject}`;
    case 'version':
      return `/modules/${subject.replace('@', '/')}`;
    case 'submission':
      return `${base}${subject}`;
    case 'name':
      return undefined;
  }
}

/** What an appeal is about, where no code can be shown. */
export const inPlain = ({ about }: Appeal): string => about.replaceAll('`', '');

/** The one of some appeals about a subject that waits. */
export const waitingAbout = (appeals: Appeal[], subjects: Subject[]): Appeal | undefined =>
  appeals.find(
    (appeal) =>
      appeal.state === 'open' &&
      subjects.some(({ kind, subject }) => kind === appeal.kind && subject === appeal.subject),
  );

/** Whether a name is a module's; otherwise it is a namespace. */
export const isModule = (name: string): boolean => name.includes('/');
