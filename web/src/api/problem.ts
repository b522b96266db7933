/** Why a request did not give what was asked for, in the registry's own words where it sent any (RFC 9457). */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    /** HTTP status; 0 when no answer came at all. */
    readonly status: number,
    readonly title: string,
    readonly detail?: string,
    readonly hint?: string,
    /** What kind of problem, by a name that never changes: the end of its `type`. */
    readonly kind?: string,
    /** Where a second factor is needed: which of them the account has. */
    readonly methods?: string[],
  ) {
    super(title);
  }

  get isUnreachable(): boolean {
    return this.status === 0;
  }
}

/**
 * Reads an error body. Anything may stand between the page and the registry, so a body that is no problem document
 * (a proxy's HTML, an empty string) still becomes a `Problem`, with an empty title for the page to word.
 */
export function toProblem(status: number, body: unknown): Problem {
  const text = (key: string): string | undefined => {
    if (typeof body !== 'object' || body === null) return undefined;
    const value: unknown = (body as Record<string, unknown>)[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const kind = text('type')?.split('/').at(-1);
  return new Problem(
    status,
    text('title') ?? '',
    text('detail'),
    text('hint'),
    kind,
    methods(body),
  );
}

function methods(body: unknown): string[] | undefined {
  if (typeof body !== 'object' || body === null || !('methods' in body)) return undefined;
  const { methods: given } = body;
  if (!Array.isArray(given)) return undefined;
  return given.filter((method): method is string => typeof method === 'string');
}
