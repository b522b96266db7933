/** Whether a SemVer version is a pre-release: it has a hyphen before any build metadata. */
export function isPreRelease(version: string): boolean {
  return version.split('+', 1)[0]?.includes('-') ?? false;
}
