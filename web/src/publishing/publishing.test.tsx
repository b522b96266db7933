import { screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { ada } from '../../fixtures/people';
import { problem } from '../../fixtures/problem';
import { memberships, token, trusted } from '../../fixtures/submissions';
import { FakeRegistry, renderSite } from '../testing';

const WORKFLOWS = '/publishers/acme/trusted-publishers';
const TOKENS = '/publishers/acme/tokens';
const RULES = '/publishers/acme/publishing';

async function start() {
  const registry = new FakeRegistry();
  renderSite('/account/publishing?publisher=acme');
  (await registry.request('/session')).answer(ada);
  (await registry.request('/account/publishers')).answer({
    publishers: memberships,
    invitations: [],
  });
  (await registry.request(WORKFLOWS)).answer({ trusted_publishers: [trusted] });
  (await registry.request(RULES)).answer({ trusted_only: true, staged: false });
  (await registry.request(TOKENS)).answer({ tokens: [token] });
  const section = (name: string) => screen.findByRole('region', { name });
  return {
    registry,
    user: userEvent.setup(),
    workflows: within(await section('Trusted publishers')),
    tokens: within(await section('Tokens')),
    rules: within(await section('What is asked of releases')),
  };
}

test('sends what a run must be, and nothing of what was left empty', async () => {
  const { registry, user, workflows } = await start();
  await user.click(await workflows.findByRole('radio', { name: 'GitLab CI/CD' }));
  await user.type(workflows.getByLabelText('Repository'), ' acme/greeter ');
  await user.type(workflows.getByLabelText('Number of the repository'), '75');
  await user.type(workflows.getByLabelText('Workflow'), '.gitlab-ci.yml');
  await user.click(workflows.getByRole('radio', { name: /^wait until/ }));
  await user.click(workflows.getByRole('button', { name: 'Trust a workflow' }));
  const asked = await registry.request(WORKFLOWS, {}, 'POST');
  expect(asked.headers.get('x-csrf-token')).toBe('the token');
  expect(await asked.sent()).toEqual({
    provider: 'gitlab',
    repository: 'acme/greeter',
    repository_id: '75',
    workflow: '.gitlab-ci.yml',
    modules: '*',
    staged: true,
  });
  asked.answer({ state: 'open', needed: 2, approvals: [{}] }, 201);
  await workflows.findByText('It is proposed: one more owner has to approve.');
});

test('says why somebody may not', async () => {
  const { registry, user, workflows } = await start();
  await user.click(await workflows.findByRole('button', { name: /^Remove publish\.yml/ }));
  const dialog = within(screen.getByRole('dialog', { name: 'Trust acme/invoices no more?' }));
  await user.click(dialog.getByRole('button', { name: 'Remove it' }));
  const words = 'only the token of an owner of the namespace may do this';
  (await registry.request(`${WORKFLOWS}/${trusted.id}`, {}, 'DELETE')).answer(
    problem(403, 'forbidden', 'Forbidden', words),
    403,
  );
  await dialog.findByText(words);
});

test('turns a rule on at once, and says when one is turned off', async () => {
  const { registry, user, rules } = await start();
  await user.click(await rules.findByRole('button', { name: 'Turn on: An owner confirms' }));
  (await registry.request(`${RULES}/staged`, {}, 'POST')).answer({
    trusted_only: true,
    staged: true,
  });
  await user.click(rules.getByRole('button', { name: 'Turn off: Only trusted publishers' }));
  await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Turn off' }));
  (await registry.request(`${RULES}/trusted-only`, {}, 'DELETE')).answer(
    { state: 'announced', effective_at: '2026-12-01T10:00:00Z' },
    201,
  );
  await rules.findByText(/^It is turned off on .*2026.*, unless an owner objects\.$/);
});

test('makes a token for networks and a while, and shows it once', async () => {
  const { registry, user, tokens } = await start();
  await tokens.findByText('From 192.0.2.0/24');
  tokens.getByText('Publish, yank, deprecate: inv*');
  await user.type(tokens.getByLabelText('Name'), 'build');
  await user.type(tokens.getByLabelText('Networks'), '192.0.2.0/24, 2001:db8::/32');
  await user.type(tokens.getByLabelText('Until'), '2027-01-31');
  await user.click(tokens.getByRole('button', { name: 'Make a token' }));
  const asked = await registry.request(TOKENS, {}, 'POST');
  expect(await asked.sent()).toEqual({
    label: 'build',
    scopes: [{ scope: 'publish', modules: '*' }],
    networks: ['192.0.2.0/24', '2001:db8::/32'],
    expires_at: '2027-01-31T23:59:59Z',
  });
  asked.answer({ secret: 'adx_p_secret', token }, 201);
  await tokens.findByText('adx_p_secret');
  await user.click(tokens.getByRole('button', { name: 'Revoke continuous integration' }));
  await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Revoke' }));
  await registry.request(`${TOKENS}/${token.id}`, {}, 'DELETE');
});

test('says so where somebody is a member of no publisher', async () => {
  const registry = new FakeRegistry();
  renderSite('/account/publishing');
  (await registry.request('/session')).answer(ada);
  (await registry.request('/account/publishers')).answer({ publishers: [], invitations: [] });
  await screen.findByText('You are a member of no publisher.');
});

test('begins with the only publisher that there is', async () => {
  const registry = new FakeRegistry();
  renderSite('/account/publishing');
  (await registry.request('/session')).answer(ada);
  const publishers = memberships.slice(0, 1);
  (await registry.request('/account/publishers')).answer({ publishers, invitations: [] });
  await registry.request(WORKFLOWS);
});
