import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { listen } from './server';

/**
 * Starts a registry of its own at a name, which browsers want for passkeys: the program is at ADX_REGISTRY_PROGRAM. Workers find it
 * where they would find another.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const program = process.env.ADX_REGISTRY_PROGRAM;
  if (!program) {
    throw new Error('ADX_REGISTRY_PROGRAM is not set. Give the built program `adx-registry`.');
  }
  const folder = await mkdtemp(join(tmpdir(), 'adx-e2e-'));
  const data = join(folder, 'registry');
  execFileSync(program, ['trust', 'trial', '--data', data], { stdio: 'ignore' });
  // Its address must be known before it listens.
  const free = await listen(createServer());
  free.stop();
  const { host, port } = new URL(free.url);
  const url = `http://localhost:${port}`;
  const ready = join(folder, 'ready.json');
  const server = spawn(
    program,
    ['serve', '--data', data, '--listen', host, '--ready-file', ready],
    { stdio: 'ignore', env: { ...process.env, ADX_REGISTRY__SERVER__PUBLIC_URL: url } },
  );
  const ended = once(server, 'exit');
  const stop = async () => {
    server.kill('SIGINT');
    await ended;
    await rm(folder, { recursive: true });
  };
  while (!(await readFile(ready, 'utf8').catch(() => ''))) {
    if (server.exitCode !== null) {
      await stop();
      throw new Error(`the registry ended with ${String(server.exitCode)}`);
    }
    await setTimeout(100);
  }
  process.env.ADX_REGISTRY_URL = url;
  process.env.ADX_REGISTRY_MAIL = join(data, 'mail');
  return stop;
}
