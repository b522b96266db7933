import { startFixtureServer } from './fixture-server';

/** Starts the fixture server for the run; workers find it where they would find a registry. */
export default async function setup(): Promise<() => void> {
  const { url, mail, log, stop } = await startFixtureServer();
  process.env.ADX_REGISTRY_URL = url;
  process.env.ADX_REGISTRY_MAIL = mail;
  process.env.ADX_REGISTRY_LOG = log;
  return stop;
}
