/** The browser's passkeys (WebAuthn), and what browsers lack that cannot read its JSON yet. */

/** Why there is no answer from a device, as far as browsers tell. */
export type PasskeyTrouble = 'refused' | 'known' | 'elsewhere' | 'unsupported';

export class PasskeyError extends Error {
  override readonly name = 'PasskeyError';

  constructor(readonly trouble: PasskeyTrouble) {
    super(trouble);
  }
}

/** Whether the browser has passkeys, and lets this page use them. */
export function canUsePasskeys(): boolean {
  return 'PublicKeyCredential' in window && 'credentials' in navigator;
}

/** What younger browsers have besides. */
type Parsers = Partial<
  Pick<typeof PublicKeyCredential, 'parseCreationOptionsFromJSON' | 'parseRequestOptionsFromJSON'>
>;

/** Has a device make a passkey, and gives what the registry takes. */
export async function createPasskey(asked: unknown): Promise<Record<string, unknown>> {
  const options = asked as PublicKeyCredentialCreationOptionsJSON;
  return answered((parsers) =>
    navigator.credentials.create({
      publicKey: parsers.parseCreationOptionsFromJSON?.(options) ?? creation(options),
    }),
  );
}

/** Has a device sign, and gives what the registry takes. */
export async function signWithPasskey(asked: unknown): Promise<Record<string, unknown>> {
  const options = asked as PublicKeyCredentialRequestOptionsJSON;
  return answered((parsers) =>
    navigator.credentials.get({
      publicKey: parsers.parseRequestOptionsFromJSON?.(options) ?? request(options),
    }),
  );
}

async function answered(
  ask: (parsers: Parsers) => Promise<Credential | null>,
): Promise<Record<string, unknown>> {
  if (!canUsePasskeys()) throw new PasskeyError('unsupported');
  let credential: Credential | null;
  try {
    credential = await ask(PublicKeyCredential);
  } catch (cause) {
    throw new PasskeyError(trouble(cause));
  }
  if (!credential) throw new PasskeyError('refused');
  return toJson(credential as PublicKeyCredential);
}

/** `NotAllowedError` stands for a refusal, a break and a timeout alike: pages are not to learn which. Source: WebAuthn, 14.5.2. */
function trouble(cause: unknown): PasskeyTrouble {
  const name = cause instanceof DOMException ? cause.name : '';
  if (name === 'InvalidStateError') return 'known';
  if (name === 'SecurityError') return 'elsewhere';
  if (name === 'NotSupportedError' || name === 'ConstraintError') return 'unsupported';
  return 'refused';
}

function creation(
  options: PublicKeyCredentialCreationOptionsJSON,
): PublicKeyCredentialCreationOptions {
  return without({
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: descriptors(options.excludeCredentials),
  }) as PublicKeyCredentialCreationOptions;
}

function request(
  options: PublicKeyCredentialRequestOptionsJSON,
): PublicKeyCredentialRequestOptions {
  return without({
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: descriptors(options.allowCredentials),
  }) as PublicKeyCredentialRequestOptions;
}

/** Without what is not asked for here, and whose bytes would have to be read as well. */
function without(options: Record<string, unknown>): unknown {
  const unasked = ['extensions', 'attestationFormats'];
  return Object.fromEntries(Object.entries(options).filter(([name]) => !unasked.includes(name)));
}

function descriptors(
  given: PublicKeyCredentialDescriptorJSON[] | undefined,
): PublicKeyCredentialDescriptor[] {
  return (given ?? []).map(
    (one) => ({ ...one, id: bytes(one.id) }) as PublicKeyCredentialDescriptor,
  );
}

function toJson(credential: PublicKeyCredential): Record<string, unknown> {
  const { toJSON } = credential as Partial<PublicKeyCredential>;
  if (toJSON) return toJSON.call(credential) as Record<string, unknown>;
  const { response } = credential;
  const told: Record<string, unknown> = { clientDataJSON: text(response.clientDataJSON) };
  if ('attestationObject' in response) {
    const made = response as AuthenticatorAttestationResponse;
    told.attestationObject = text(made.attestationObject);
    told.transports = (made as Partial<AuthenticatorAttestationResponse>).getTransports
      ? made.getTransports()
      : [];
  } else {
    const signed = response as AuthenticatorAssertionResponse;
    told.authenticatorData = text(signed.authenticatorData);
    told.signature = text(signed.signature);
    if (signed.userHandle) told.userHandle = text(signed.userHandle);
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: told,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

function bytes(base64url: string): ArrayBuffer {
  const base64 = base64url.replaceAll('-', '+').replaceAll('_', '/');
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
}

function text(buffer: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
