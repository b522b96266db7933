import type { ModuleDetail } from '../api/registry';
import { parts } from '../submissions/state';
import { Appeal } from './Appeal';

interface WithheldAppealProps {
  module: ModuleDetail;
  /** The version that is shown. */
  version: string;
  /** Why that is in quarantine, by itself or with its module. */
  quarantinedFor: string | null | undefined;
}

/** The way to appeal against a quarantine, of a module or of a version of it. */
export function WithheldAppeal({ module, version, quarantinedFor }: WithheldAppealProps) {
  const isModule = Boolean(module.quarantined_for);
  if (!isModule && !quarantinedFor) return null;
  return (
    <Appeal
      namespace={parts(module.module).namespace}
      subjects={[
        isModule
          ? { kind: 'module', subject: module.module }
          : { kind: 'version', subject: `${module.module}@${version}` },
      ]}
      what={isModule ? module.module : `${module.module} ${version}`}
    />
  );
}
