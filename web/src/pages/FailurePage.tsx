import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Problem } from '../api/problem';
import { Failure } from '../components/Failure';
import { PageHeading } from '../components/PageHeading';
import { Words } from '../components/Words';
import { useLocale } from '../i18n/locale';
import { Missing } from './NotFoundPage';

interface FailurePageProps {
  problem: Problem;
  /** The title where the registry says there is no such thing. */
  notFound: string;
  onRetry: () => void;
  /** How to appeal where it was taken down. */
  appeal?: ReactNode;
}

/** A whole page in place of what could not be had. */
export function FailurePage({ problem, notFound, onRetry, appeal }: FailurePageProps) {
  const { messages } = useLocale();
  // To an address that cannot be a module's the registry answers 400: for a reader, nothing is there either.
  if (problem.status === 404 || problem.status === 400) return <Missing title={notFound} />;
  // What the law forbids to show is not there the next time either. Source: RFC 7725.
  if (problem.status === 451) return <TakenDown problem={problem} appeal={appeal} />;
  return (
    <>
      <PageHeading title={messages.state.failed} className="visually-hidden">
        {messages.state.failed}
      </PageHeading>
      <nav aria-label={messages.module.breadcrumb}>
        <Link to="/">{messages.module.all}</Link>
      </nav>
      <Failure problem={problem} onRetry={onRetry} />
    </>
  );
}

/** Why something was taken down, in the registry's words. */
function TakenDown({ problem, appeal }: { problem: Problem; appeal: ReactNode }) {
  const { messages } = useLocale();
  return (
    <>
      <nav aria-label={messages.module.breadcrumb}>
        <Link to="/">{messages.module.all}</Link>
      </nav>
      <PageHeading title={messages.state.takenDown}>{messages.state.takenDown}</PageHeading>
      <p>
        <Words>{problem.detail ?? ''}</Words>
      </p>
      {problem.hint && (
        <p>
          <Words>{problem.hint}</Words>
        </p>
      )}
      {appeal}
    </>
  );
}
