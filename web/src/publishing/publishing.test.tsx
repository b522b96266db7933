import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { ada } from '../../fixtures/people';
import { problem } from '../../fixtures/problem';
import { domain, domainAsked, memberships, token, trusted } from '../../fixtures/submissions';
import { FakeRegistry, paragraph, renderSite } from '../testing';

const NO_DOMAIN = problem(
  404,
  'not-found',
  'Not found',
  '`acme` has not asked to have a domain verified',
);

const WORKFLOWS = '/publishers/acme/trusted-publishers';
const TOKENS = '/publishers/acme/tokens';
const RULES = '/publishers/acme/publishing';
const DOMAIN = '/publishers/acme/domain';

async function start(claim?: unknown, more: object = {}) {
  const registry = new FakeRegistry();
  renderSite('/account/publishing?publisher=acme');
  (await registry.request('/session')).answer(ada);
  (await registry.request('/account/publishers')).answer({
    publishers: memberships,
    invitations: [],
  });
  (await registry.request(WORKFLOWS)).answer({ trusted_publishers: [trusted] });
  (await registry.request(RULES)).answer({ trusted_only: true, staged: false, ...more });
  (await registry.request(TOKENS)).answer({ tokens: [token] });
  (await registry.request(DOMAIN)).answer(claim ?? NO_DOMAIN, claim ? 200 : 404);
  const section = (name: string) => screen.findByRole('region', { name });
  return {
    registry,
    user: userEvent.setup(),
    workflows: within(await section('Trusted publishers')),
    tokens: within(await section('Tokens')),
    domain: within(await section('Domain')),
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
  await dialog.findByText(paragraph(words));
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

test('says that there is no second owner, and lets the only one object to an operator', async () => {
  const { registry, user, rules } = await start(undefined, {
    note: 'There is one owner only.',
    turning_off: [
      {
        switch: 'trusted-only',
        reason: 'the workflow is gone',
        effective_at: '2026-12-01T10:00:00Z',
      },
    ],
  });
  await rules.findByText(/^There is one owner only, and to turn a rule off takes a second one/);
  rules.getByText(/^An operator turns it off on .*2026.*: the workflow is gone\.$/);
  await user.click(rules.getByRole('button', { name: 'Keep it on: Only trusted publishers' }));
  await registry.request(`${RULES}/trusted-only`, {}, 'POST');
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

test('asks for the record that shows a domain', async () => {
  const { registry, user, domain: part } = await start();
  await user.type(await part.findByRole('textbox', { name: 'Domain' }), ' acme.example ');
  await user.click(part.getByRole('button', { name: 'Show the record' }));
  const asked = await registry.request(DOMAIN, {}, 'PUT');
  expect(asked.headers.get('x-csrf-token')).toBe('the token');
  expect(await asked.sent()).toEqual({ domain: 'acme.example' });
  const words = '`acme.example` is no domain: write one such as `example.org`';
  asked.answer(problem(422, 'invalid', 'Not valid', words), 422);
  await part.findByText(paragraph(words));
});

test('says which record is to be there, and that it is not', async () => {
  const claim = domainAsked({ domain: 'acme.example' });
  const { registry, user, domain: part } = await start(claim);
  await part.findByText('_adx-publisher.acme.example');
  part.getByText(claim.record_text);
  part.getByText('Not verified');
  await user.click(part.getByRole('button', { name: 'Look for the record' }));
  const words = `the DNS has no TXT record \`${claim.record_text}\``;
  (await registry.request(`${DOMAIN}/verify`, {}, 'POST')).answer(
    problem(409, 'no-record', 'No such record', words),
    409,
  );
  await part.findByText(paragraph(words));
});

test('says until when a domain counts whose record is missing, and does without it', async () => {
  const { registry, user, domain: part } = await start(domain);
  await part.findByText('The record is missing');
  expect(part.getByText(/^Counts until/).textContent).toMatch(/Dec.* 2026$/);
  await user.click(part.getByRole('button', { name: 'Do without it: acme.example' }));
  const dialog = within(screen.getByRole('dialog', { name: 'Do without acme.example?' }));
  await user.click(dialog.getByRole('button', { name: 'Do without it' }));
  const asked = await registry.request(DOMAIN, {}, 'DELETE');
  expect(asked.headers.get('x-csrf-token')).toBe('the token');
  const gets = () => registry.requests.filter(({ url }) => url.pathname.endsWith(DOMAIN));
  const before = gets().length;
  asked.answer(undefined, 204);
  await waitFor(() => {
    expect(gets().length).toBe(before + 1);
  });
  gets().at(-1)?.answer(NO_DOMAIN, 404);
  await part.findByRole('heading', { name: 'Name a domain' });
});

test('says that a domain is verified', async () => {
  const { domain: part } = await start({ ...domain, missing_since: null, ends_at: null });
  await part.findByText('Verified');
  expect(part.queryByText(/^Counts until/)).toBeNull();
});
