import { afterEach, expect, test, vi } from 'vitest';
import { createPasskey, PasskeyError, signWithPasskey } from './passkey';

/** A browser that knows nothing of JSON. */
function oldBrowser(answers: { create?: unknown; get?: unknown }) {
  const asked = { create: vi.fn(), get: vi.fn() };
  asked.create.mockResolvedValue(answers.create);
  asked.get.mockResolvedValue(answers.get);
  vi.stubGlobal('PublicKeyCredential', vi.fn());
  vi.stubGlobal('navigator', Object.create(navigator, { credentials: { value: asked } }));
  return asked;
}

const buffer = (...bytes: number[]) => new Uint8Array(bytes).buffer;

afterEach(() => {
  vi.unstubAllGlobals();
});

test('reads and writes for browsers that cannot', async () => {
  const common = {
    id: '-_8',
    rawId: buffer(251, 255),
    type: 'public-key',
    getClientExtensionResults: () => ({}),
  };
  const asked = oldBrowser({
    create: {
      ...common,
      response: {
        clientDataJSON: buffer(1),
        attestationObject: buffer(2),
        getTransports: () => ['usb'],
      },
    },
    get: {
      ...common,
      response: {
        clientDataJSON: buffer(1),
        authenticatorData: buffer(2),
        signature: buffer(3),
        userHandle: null,
      },
    },
  });
  const rp = { id: 'registry.example.org', name: 'registry.example.org' };
  const user = { id: 'AQI', name: 'ada', displayName: 'Ada' };
  const made = await createPasskey({
    rp,
    user,
    challenge: '-_8',
    pubKeyCredParams: [],
    excludeCredentials: [{ type: 'public-key', id: 'AQ' }],
    extensions: { credProps: true },
  });
  expect(asked.create).toHaveBeenCalledExactlyOnceWith({
    publicKey: {
      rp,
      user: { ...user, id: buffer(1, 2) },
      challenge: buffer(251, 255),
      pubKeyCredParams: [],
      excludeCredentials: [{ type: 'public-key', id: buffer(1) }],
    },
  });
  expect(made).toEqual({
    id: '-_8',
    rawId: '-_8',
    type: 'public-key',
    response: { clientDataJSON: 'AQ', attestationObject: 'Ag', transports: ['usb'] },
    clientExtensionResults: {},
  });
  const signed = await signWithPasskey({
    challenge: 'AQ',
    rpId: rp.id,
    userVerification: 'required',
  });
  expect(asked.get).toHaveBeenCalledExactlyOnceWith({
    publicKey: {
      challenge: buffer(1),
      rpId: rp.id,
      userVerification: 'required',
      allowCredentials: [],
    },
  });
  expect(signed.response).toEqual({
    clientDataJSON: 'AQ',
    authenticatorData: 'Ag',
    signature: 'Aw',
  });
});

test('tells when nothing answered, or nothing could', async () => {
  oldBrowser({ get: null });
  await expect(signWithPasskey({ challenge: 'AQ' })).rejects.toEqual(new PasskeyError('refused'));
  vi.unstubAllGlobals();
  await expect(signWithPasskey({ challenge: 'AQ' })).rejects.toEqual(
    new PasskeyError('unsupported'),
  );
});
