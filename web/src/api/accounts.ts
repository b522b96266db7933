import createClient from 'openapi-fetch';
import { data, nothing, withToken as token } from './answer';
import type { components, paths } from './schema';

type Schemas = components['schemas'];
export type Account = Schemas['Account'];
export type SessionState = Schemas['SessionState'];
export type ConnectedIdentity = Schemas['ConnectedIdentity'];
export type Session = Schemas['Session'];
export type SecondFactorSeed = Schemas['SecondFactorSeed'];
export type RecoveryCodeList = Schemas['RecoveryCodeList'];
export type MyInvitation = Schemas['MyInvitation'];
export type OfferedNamespace = Schemas['OfferedNamespace'];
export type MyPublisher = Schemas['MyPublisher'];
export type MyPublisherList = Schemas['MyPublisherList'];
export type Passkey = Schemas['Passkey'];
export type PasskeyRound = Schemas['PasskeyRound'];
export type FactorProof = Schemas['SecondFactorProof'];
export type PasswordProof = Schemas['PasswordProof'];

/** What the account's pages ask of their own registry. Every method rejects with a `Problem`. */
export interface Accounts {
  session: () => Promise<SessionState>;
  signUp: (email: string) => Promise<void>;
  verify: (body: Schemas['NewAccount']) => Promise<SessionState>;
  claimOperator: (body: Schemas['NewOperator']) => Promise<SessionState>;
  /** Makes the account of whoever is signed in an operator's. */
  becomeOperator: (csrf: string, code: string) => Promise<SessionState>;
  signIn: (body: Schemas['SignIn']) => Promise<SessionState>;
  /**
   * Where to sign in at the provider of identities; with a session's token, to connect an identity there, or to show to be the
   * person.
   */
  beginOpenId: (csrf: string | undefined, body: Schemas['OpenIdStart']) => Promise<string>;
  identities: () => Promise<ConnectedIdentity[]>;
  disconnectIdentity: (csrf: string, id: string) => Promise<void>;
  signOut: (csrf: string) => Promise<void>;
  askUnlock: (email: string) => Promise<void>;
  askReset: (email: string) => Promise<void>;
  reset: (body: Schemas['PasswordReset']) => Promise<void>;
  sessions: () => Promise<Session[]>;
  endSession: (csrf: string, id: string) => Promise<void>;
  endOtherSessions: (csrf: string) => Promise<void>;
  changeName: (csrf: string, name: string) => Promise<void>;
  /** Has a letter with a code sent to another address. */
  askAddress: (csrf: string, body: Schemas['NewPersonAddress']) => Promise<void>;
  confirmAddress: (code: string) => Promise<void>;
  /** Takes the account back, with the code of the letter to the address of before. */
  restoreAddress: (code: string) => Promise<void>;
  changePassword: (csrf: string, body: Schemas['PasswordChange']) => Promise<SessionState>;
  beginSecondFactor: (csrf: string, body: FactorProof) => Promise<SecondFactorSeed>;
  confirmSecondFactor: (csrf: string, shown: string) => Promise<RecoveryCodeList>;
  removeSecondFactor: (csrf: string, body: FactorProof) => Promise<void>;
  /** New recovery codes in the place of those before. */
  renewRecoveryCodes: (csrf: string, body: FactorProof) => Promise<string[]>;
  passkeys: () => Promise<Passkey[]>;
  /** What a device is asked for a new passkey. */
  beginPasskey: (csrf: string, body: FactorProof) => Promise<PasskeyRound>;
  addPasskey: (csrf: string, body: Schemas['NewPasskey']) => Promise<Schemas['PasskeyAdded']>;
  /** What a device is asked so that what matters may be changed. */
  beginPasskeyChange: (csrf: string, body: PasswordProof) => Promise<PasskeyRound>;
  removePasskey: (csrf: string, id: string, body: FactorProof) => Promise<void>;
  /** What a device is asked to sign in. */
  beginPasskeySignIn: (body: Schemas['PasskeySignIn']) => Promise<PasskeyRound>;
  erase: (csrf: string, body: FactorProof) => Promise<void>;
  /** What the person is a member of, and invitations to its address. */
  publishers: () => Promise<MyPublisherList>;
  /** To what the code of a letter invites; accepts nothing. */
  lookAtInvitation: (csrf: string, code: string, signal: AbortSignal) => Promise<MyInvitation>;
  acceptInvitation: (csrf: string, code: string) => Promise<void>;
  /** Accepts one to the account's own address, which needs no code. */
  acceptMyInvitation: (csrf: string, id: string) => Promise<void>;
  /** What the code of a letter offers; accepts nothing. */
  lookAtTransfer: (csrf: string, code: string, signal: AbortSignal) => Promise<OfferedNamespace>;
  acceptTransfer: (csrf: string, code: string) => Promise<void>;
  declineTransfer: (csrf: string, code: string) => Promise<void>;
}

/** A client for the registry that the page came from: its cookie goes nowhere else. */
export function createAccounts(): Accounts {
  const client = createClient<paths>({ baseUrl: window.location.origin });
  return {
    session: () => data(client.GET('/api/v1/session')),
    signUp: (email) => nothing(client.POST('/api/v1/sign-up', { body: { email } })),
    verify: (body) => data(client.POST('/api/v1/sign-up/verify', { body })),
    claimOperator: (body) => data(client.POST('/api/v1/operator', { body })),
    becomeOperator: (csrf, code) =>
      data(client.POST('/api/v1/account/operator', { body: { code }, ...token(csrf) })),
    signIn: (body) => data(client.POST('/api/v1/session', { body })),
    beginOpenId: async (csrf, body) =>
      (await data(client.POST('/api/v1/session/openid', { body, ...(csrf ? token(csrf) : {}) })))
        .address,
    identities: async () => (await data(client.GET('/api/v1/account/identities'))).identities,
    disconnectIdentity: (csrf, id) =>
      nothing(
        client.DELETE('/api/v1/account/identities/{id}', {
          params: { path: { id } },
          ...token(csrf),
        }),
      ),
    signOut: (csrf) => nothing(client.DELETE('/api/v1/session', token(csrf))),
    askUnlock: (email) => nothing(client.POST('/api/v1/session/unlock', { body: { email } })),
    askReset: (email) => nothing(client.POST('/api/v1/password-reset', { body: { email } })),
    reset: (body) => nothing(client.POST('/api/v1/password-reset/confirm', { body })),
    sessions: async () => (await data(client.GET('/api/v1/account/sessions'))).sessions,
    endSession: (csrf, id) =>
      nothing(
        client.DELETE('/api/v1/account/sessions/{id}', {
          params: { path: { id } },
          ...token(csrf),
        }),
      ),
    endOtherSessions: (csrf) => nothing(client.DELETE('/api/v1/account/sessions', token(csrf))),
    changeName: (csrf, name) =>
      nothing(client.PUT('/api/v1/account/name', { body: { name }, ...token(csrf) })),
    askAddress: (csrf, body) =>
      nothing(client.POST('/api/v1/account/address', { body, ...token(csrf) })),
    confirmAddress: (code) => nothing(client.POST('/api/v1/confirm-address', { body: { code } })),
    restoreAddress: (code) => nothing(client.POST('/api/v1/restore-address', { body: { code } })),
    changePassword: (csrf, body) =>
      data(client.PUT('/api/v1/account/password', { body, ...token(csrf) })),
    beginSecondFactor: (csrf, body) =>
      data(client.POST('/api/v1/account/second-factor', { body, ...token(csrf) })),
    confirmSecondFactor: (csrf, shown) =>
      data(
        client.PUT('/api/v1/account/second-factor', {
          body: { second_factor: shown },
          ...token(csrf),
        }),
      ),
    removeSecondFactor: (csrf, body) =>
      nothing(client.DELETE('/api/v1/account/second-factor', { body, ...token(csrf) })),
    renewRecoveryCodes: async (csrf, body) =>
      (await data(client.POST('/api/v1/account/recovery-codes', { body, ...token(csrf) })))
        .recovery_codes,
    passkeys: async () => (await data(client.GET('/api/v1/account/passkeys'))).passkeys,
    beginPasskey: (csrf, body) =>
      data(client.POST('/api/v1/account/passkeys', { body, ...token(csrf) })),
    addPasskey: (csrf, body) =>
      data(client.PUT('/api/v1/account/passkeys', { body, ...token(csrf) })),
    beginPasskeyChange: (csrf, body) =>
      data(client.POST('/api/v1/account/passkeys/assertion', { body, ...token(csrf) })),
    removePasskey: (csrf, id, body) =>
      nothing(
        client.DELETE('/api/v1/account/passkeys/{id}', {
          params: { path: { id } },
          body,
          ...token(csrf),
        }),
      ),
    beginPasskeySignIn: (body) => data(client.POST('/api/v1/session/passkey', { body })),
    erase: (csrf, body) => nothing(client.DELETE('/api/v1/account', { body, ...token(csrf) })),
    publishers: () => data(client.GET('/api/v1/account/publishers')),
    lookAtInvitation: (csrf, code, signal) =>
      data(
        client.POST('/api/v1/account/invitations/look', { body: { code }, signal, ...token(csrf) }),
      ),
    acceptInvitation: (csrf, code) =>
      nothing(
        client.POST('/api/v1/account/invitations/accept', { body: { code }, ...token(csrf) }),
      ),
    acceptMyInvitation: (csrf, id) =>
      nothing(
        client.POST('/api/v1/account/invitations/{id}/accept', {
          params: { path: { id } },
          ...token(csrf),
        }),
      ),
    lookAtTransfer: (csrf, code, signal) =>
      data(
        client.POST('/api/v1/account/transfers/look', { body: { code }, signal, ...token(csrf) }),
      ),
    acceptTransfer: (csrf, code) =>
      nothing(client.POST('/api/v1/account/transfers/accept', { body: { code }, ...token(csrf) })),
    declineTransfer: (csrf, code) =>
      nothing(client.POST('/api/v1/account/transfers/decline', { body: { code }, ...token(csrf) })),
  };
}
