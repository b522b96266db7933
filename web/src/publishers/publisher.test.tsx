import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { ada } from '../../fixtures/people';
import { problem } from '../../fixtures/problem';
import { acme, adas, PublishersFixture, type KeptPublisher } from '../../fixtures/publishers';
import type { SessionState } from '../api/accounts';
import { FakeRegistry, paragraph, renderSite, type Request } from '../testing';

/** The page of a publisher, which a fixture answers for; what changes something waits for its test. */
async function start(kept: KeptPublisher = acme, session: SessionState = ada) {
  const registry = new FakeRegistry();
  const fixture = new PublishersFixture([kept]);
  const { namespace } = kept.publisher;
  const site = renderSite(`/account/publishers/${namespace}`);
  (await registry.request('/session')).answer(session);
  const account = session.account ?? ada.account;
  const play = async (asked: Request) => {
    const body = asked.method === 'GET' ? {} : ((await asked.sent().catch(() => ({}))) as object);
    const path = asked.url.pathname.slice('/api/v1'.length);
    const given = fixture.answer(asked.method, path, { ...body }, account);
    if (!given) throw new Error(`the fixture does not know ${asked.method} ${path}`);
    asked.answer(given.body, given.status);
  };
  /** Answers all that was asked for to be shown. */
  const answerReads = async () => {
    const reads = registry.requests.filter(({ method }) => method === 'GET');
    await Promise.all(reads.filter((read) => !answered.has(read)).map(play));
    for (const read of reads) answered.add(read);
  };
  const answered = new Set<Request>(registry.requests);
  const asksFor = (what: string) =>
    waitFor(() => {
      const found = registry.requests.findLast(
        ({ url, method }) => method === 'GET' && url.pathname.endsWith(what),
      );
      if (!found || answered.has(found)) throw new Error(`${what} is not asked for`);
    });
  const load = async () => {
    await asksFor('/account/publishers');
    await answerReads();
    const isMember = kept.members.some((one) => one.account === account.id);
    if (!isMember && !account.is_operator) return;
    await asksFor('/transfer');
    await asksFor('/quota');
    await answerReads();
    await screen.findByRole('list', { name: 'Members' });
  };
  /** Has the fixture do what was asked, and shows what is there then. */
  const carryOut = async (asked: Request) => {
    expect(asked.headers.get('x-csrf-token')).toBe('the token');
    await play(asked);
    await asksFor('/account/publishers');
    await asksFor('/proposals').catch(() => undefined);
    await answerReads();
  };
  await load();
  const section = (name: string) => within(screen.getByRole('region', { name }));
  return { registry, ...site, section, carryOut, user: userEvent.setup() };
}

const dialog = () => within(screen.getByRole('dialog'));
/** What is in a row of a list, of somebody or something. */
const row = (list: string, text: string) => {
  const rows = within(screen.getByRole('list', { name: list })).getAllByRole('listitem');
  const found = rows.find((one) => one.textContent.includes(text));
  if (!found) throw new Error(`${list} has no row of ${text}`);
  return within(found);
};

test('shows what belongs to a publisher, and where the rest is', async () => {
  const { section } = await start();
  screen.getByRole('heading', { level: 1, name: 'acme' });
  screen.getByText('You are here as: Owner');
  section('About').getByText('Acme');
  section('About').getByText('acme.example');
  section('Quota').getByText('3 of 100');
  section('Quota').getByText('1.23 MB of 5 GB');
  section('Quota').getByText('235 kB');
  row('Keys', 'decade').getByText('Removed');
  row('Keys', 'c0ffee').getByText('Signs changes of keys');
  section('Keys').getByText('adx key add NEW-KEY', { exact: false });
  expect(screen.getByRole('link', { name: 'Publishing' }).getAttribute('href')).toBe(
    '/account/publishing?publisher=acme',
  );
});

test('says how a first key is registered', async () => {
  const { section } = await start(adas);
  section('Keys').getByText('adx key register ada');
});

test('changes the display name', async () => {
  const { registry, user, section, carryOut } = await start();
  const about = section('About');
  await user.clear(about.getByLabelText('Display name'));
  await user.type(about.getByLabelText('Display name'), 'Acme Ltd.');
  await user.click(about.getByRole('button', { name: 'Change the display name' }));
  const asked = await registry.request('/publishers/acme/display-name', {}, 'PUT');
  expect(await asked.sent()).toEqual({ display_name: 'Acme Ltd.' });
  asked.answer(problem(422, 'invalid', 'Not valid', 'a display name has 1 to 80 characters'), 422);
  await about.findByText('a display name has 1 to 80 characters');
  await user.click(about.getByRole('button', { name: 'Change the display name' }));
  await waitFor(() => {
    expect(registry.requests.filter(({ method }) => method === 'PUT')).toHaveLength(2);
  });
  await carryOut(await registry.request('/publishers/acme/display-name', {}, 'PUT'));
  await about.findByText('The display name was changed.');
  await about.findByText('Acme Ltd.');
  expect(about.getByLabelText<HTMLInputElement>('Display name').value).toBe('Acme Ltd.');
});

test('makes a person’s publisher an organisation’s once that is confirmed, and others can be invited', async () => {
  const { registry, user, section, carryOut } = await start(adas);
  section('Members').getByText(/Make it an organisation’s to invite others/);
  expect(screen.queryByRole('button', { name: 'Invite somebody' })).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Make it an organisation’s' }));
  expect(registry.requests.every(({ method }) => method === 'GET')).toBe(true);
  await user.click(dialog().getByRole('button', { name: 'Make it an organisation’s' }));
  await carryOut(await registry.request('/publishers/ada/organisation', {}, 'POST'));
  const told = await screen.findByText(/^It is an organisation’s now/);
  await screen.findByRole('button', { name: 'Invite somebody' });
  expect(document.activeElement).toBe(told);
  expect(screen.queryByRole('button', { name: 'Make it an organisation’s' })).toBeNull();
});

test('invites somebody alone', async () => {
  const { registry, user, section, carryOut } = await start();
  const members = section('Members');
  await user.type(members.getByLabelText('Name'), 'Edsger');
  await user.type(members.getByLabelText('Mail address'), 'edsger@example.org');
  await user.click(members.getByRole('radio', { name: /^Reader/ }));
  await user.click(members.getByRole('button', { name: 'Invite somebody' }));
  const invited = await registry.request('/publishers/acme/members', {}, 'POST');
  const who = { name: 'Edsger', email: 'edsger@example.org' };
  expect(await invited.sent()).toEqual({ ...who, role: 'reader' });
  await carryOut(invited);
  await members.findByText('A letter with an invitation goes to edsger@example.org.');
  await waitFor(() => row('Members', 'Edsger').getByText('Not accepted yet'));
});

test('proposes who is to be invited as an owner', async () => {
  const { registry, user, section, carryOut } = await start();
  const members = section('Members');
  await user.type(members.getByLabelText('Name'), 'Barbara');
  await user.type(members.getByLabelText('Mail address'), 'barbara@example.org');
  await user.click(members.getByRole('radio', { name: /^Owner/ }));
  await user.click(members.getByRole('button', { name: 'Invite somebody' }));
  const proposed = await registry.request('/publishers/acme/proposals', {}, 'POST');
  expect(await proposed.sent()).toEqual({
    action: { kind: 'invite-owner', name: 'Barbara', email: 'barbara@example.org' },
  });
  await carryOut(proposed);
  await members.findByText('It is proposed: one more owner has to approve.');
  await waitFor(() => row('Proposals', 'Invite Barbara (barbara@example.org) as an owner'));
});

test('changes a role alone, and proposes who is an owner', async () => {
  const { registry, user, section, carryOut } = await start();
  await user.click(screen.getByRole('button', { name: 'Change the role of Linus' }));
  const isChosen = (name: RegExp) =>
    dialog().getByRole<HTMLInputElement>('radio', { name }).checked;
  expect(isChosen(/^Maintainer/)).toBe(true);
  await user.click(dialog().getByRole('radio', { name: /^Billing/ }));
  await user.click(dialog().getByRole('button', { name: 'Change the role' }));
  const changed = await registry.request(
    `/publishers/acme/members/${'6'.repeat(32)}/role`,
    {},
    'PUT',
  );
  expect(await changed.sent()).toEqual({ role: 'billing' });
  await carryOut(changed);
  await section('Members').findByText('Linus is here as: Billing');
  await waitFor(() => row('Members', 'Linus').getByText('Billing'));

  await user.click(screen.getByRole('button', { name: 'Change the role of Grace' }));
  await user.click(dialog().getByRole('radio', { name: /^Reader/ }));
  await user.click(dialog().getByRole('button', { name: 'Change the role' }));
  const proposed = await registry.request('/publishers/acme/proposals', {}, 'POST');
  expect(await proposed.sent()).toEqual({
    action: { kind: 'change-role', member: '5'.repeat(32), role: 'reader' },
  });
  await carryOut(proposed);
  await section('Members').findByText('It is proposed: one more owner has to approve.');
  await waitFor(() => row('Proposals', 'Give Grace the role: Reader'));
});

test('removes a member once that is confirmed, and proposes it of an owner', async () => {
  const { registry, user, section, carryOut } = await start();
  await user.click(screen.getByRole('button', { name: 'Remove Linus' }));
  await user.click(dialog().getByRole('button', { name: 'Remove' }));
  const path = `/publishers/acme/members/${'6'.repeat(32)}`;
  await carryOut(await registry.request(path, {}, 'DELETE'));
  await section('Members').findByText('Linus is a member no more.');
  await user.click(screen.getByRole('button', { name: 'Remove Grace' }));
  dialog().getByText(/^That is proposed to the owners/);
  await user.click(dialog().getByRole('button', { name: 'Remove' }));
  const proposed = await registry.request('/publishers/acme/proposals', {}, 'POST');
  expect(await proposed.sent()).toEqual({
    action: { kind: 'remove-owner', owner: '5'.repeat(32) },
  });
  proposed.answer(problem(409, 'threshold', 'Too few owners', 'two owners have to approve'), 409);
  await dialog().findByText('two owners have to approve');
});

test('leaves, and goes back to the account', async () => {
  const { registry, user, address } = await start();
  await user.click(row('Members', 'Ada').getByRole('button', { name: 'Leave' }));
  await user.click(dialog().getByRole('button', { name: 'Leave' }));
  const path = `/publishers/acme/members/${'4'.repeat(32)}`;
  (await registry.request(path, {}, 'DELETE')).answer(undefined, 204);
  await waitFor(() => {
    expect(address()).toBe('/account');
  });
});

test('shows what waits, and offers what an owner can do about it', async () => {
  const { section } = await start();
  section('Proposals').getByText('Of 2 owners here, 2 have to approve.');
  const rows = within(screen.getByRole('list', { name: 'Proposals' })).getAllByRole('listitem');
  expect(rows.map((one) => one.querySelector('span')?.textContent)).toEqual([
    'Invite Margaret (margaret@example.org) as an owner',
    'Give Linus the role: Owner',
    'Turn off “An owner confirms”',
  ]);
  const buttons = rows.map((one) =>
    within(one)
      .queryAllByRole('button')
      .map(({ textContent }) => textContent),
  );
  expect(buttons).toEqual([['Approve'], ['Withdraw'], ['Object']]);
  row('Proposals', 'Margaret').getByText('1 of 2 approvals: Grace');
  row('Proposals', 'Turn off').getByText(/^Is done, unless an owner objects/);
});

test('approves what another owner proposed, and withdraws what was one’s own', async () => {
  const { registry, user, section, carryOut } = await start();
  const proposals = section('Proposals');
  await user.click(proposals.getByRole('button', { name: /^Approve: Invite Margaret/ }));
  await user.click(dialog().getByRole('button', { name: 'Approve' }));
  const path = (id: string, act: string) => `/publishers/acme/proposals/${id.repeat(32)}/${act}`;
  await carryOut(await registry.request(path('1', 'approve'), {}, 'POST'));
  const told = await proposals.findByText('It is done.');
  expect(document.activeElement).toBe(told);
  await waitFor(() => row('Members', 'Margaret'));
  await user.click(proposals.getByRole('button', { name: /^Withdraw: Give Linus/ }));
  await user.click(dialog().getByRole('button', { name: 'Withdraw' }));
  await carryOut(await registry.request(path('2', 'cancel'), {}, 'POST'));
  await proposals.findByText('The proposal was withdrawn.');
  await waitFor(() => {
    expect(proposals.getAllByRole('listitem')).toHaveLength(1);
  });
});

test('proposes how many have to approve', async () => {
  const { registry, user, section } = await start();
  const proposals = section('Proposals');
  const field = proposals.getByLabelText('How many have to approve');
  await user.clear(field);
  await user.type(field, '1{Enter}');
  const asked = await registry.request('/publishers/acme/proposals', {}, 'POST');
  expect(await asked.sent()).toEqual({ action: { kind: 'set-threshold', threshold: 1 } });
  const [, mine] = acme.proposals;
  asked.answer({ ...mine, state: 'announced', effective_at: '2026-12-01T12:00:00Z' }, 201);
  await proposals.findByText(/^It is announced, and done on .*2026.* unless an owner objects\.$/);
});

test('offers the namespace once that is confirmed, and takes the offer back', async () => {
  const { registry, user, section, carryOut } = await start(adas);
  const part = section('Give the namespace away');
  part.getByText('It is offered to nobody.');
  await user.click(part.getByRole('button', { name: 'Offer the namespace' }));
  await user.type(dialog().getByLabelText('Name'), 'Grace');
  await user.type(dialog().getByLabelText('Mail address'), 'grace@example.org');
  await user.click(dialog().getByRole('button', { name: 'Offer the namespace' }));
  const asked = await registry.request('/publishers/ada/proposals', {}, 'POST');
  expect(await asked.sent()).toEqual({
    action: { kind: 'transfer', name: 'Grace', email: 'grace@example.org' },
  });
  await carryOut(asked);
  await part.findByText('It is offered: a letter goes to grace@example.org.');
  await part.findByText('Grace, grace@example.org');
  await user.click(part.getByRole('button', { name: 'Take the offer back' }));
  await user.click(dialog().getByRole('button', { name: 'Take the offer back' }));
  await carryOut(await registry.request('/publishers/ada/transfer', {}, 'DELETE'));
  await part.findByText('The offer was taken back.');
  await part.findByText('It is offered to nobody.');
});

test('deletes a module once its whole name is typed', async () => {
  const { registry, section, carryOut, user } = await start(adas);
  const part = section('Delete');
  await user.click(part.getByRole('button', { name: 'Delete a module' }));
  const name = dialog().getByLabelText('Name of the module');
  for (const other of ['notes', 'acme/notes', 'ada/notes/1']) {
    await user.clear(name);
    await user.type(name, other);
    await user.click(dialog().getByRole('button', { name: 'Delete a module' }));
    await dialog().findByText('That is no module of ada: type its whole name.');
  }
  expect(registry.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  await user.clear(name);
  await user.type(name, 'ada/notes');
  await user.click(dialog().getByRole('button', { name: 'Delete a module' }));
  await carryOut(await registry.request('/modules/ada/notes', {}, 'DELETE'));
  await part.findByText('ada/notes is deleted.');
});

test('gives a namespace up once its name is typed, days later', async () => {
  const { registry, section, carryOut, user } = await start(adas);
  const part = section('Delete');
  await user.click(part.getByRole('button', { name: 'Give the namespace up' }));
  const name = dialog().getByLabelText('Namespace');
  await user.type(name, 'acme');
  await user.click(dialog().getByRole('button', { name: 'Give the namespace up' }));
  await dialog().findByText('That is another name: type ada.');
  await user.clear(name);
  await user.type(name, 'ada');
  await user.click(dialog().getByRole('button', { name: 'Give the namespace up' }));
  const asked = await registry.request('/publishers/ada/proposals', {}, 'POST');
  expect(await asked.sent()).toEqual({ action: { kind: 'give-up' } });
  await carryOut(asked);
  await part.findByText(/^It is announced, and done on/);
  row('Proposals', 'Give the namespace up');
});

test('offers a reader nothing but to leave', async () => {
  const [first, ...others] = acme.members;
  const members = first ? [{ ...first, role: 'reader' as const }, ...others] : [];
  await start({ ...acme, members });
  screen.getByText('You are here as: Reader');
  const page = within(screen.getByRole('main'));
  const names = page.getAllByRole('button').map((one) => one.textContent);
  expect(names.filter((name) => name !== '')).toEqual(['Leave']);
  row('Proposals', 'Margaret');
});

test('shows an operator what is there, and whoever is no member how to become one', async () => {
  const account = { ...ada.account, id: '0'.repeat(32) };
  await start(acme, { ...ada, account: { ...account, is_operator: true } });
  row('Members', 'Linus');
  expect(screen.queryByRole('button', { name: 'Leave' })).toBeNull();
});

test('shows whoever is no member what is public alone', async () => {
  await start(acme, { ...ada, account: { ...ada.account, id: '0'.repeat(32) } });
  await screen.findByText(/^You are no member of this publisher/);
  expect(screen.queryByRole('region', { name: 'Members' })).toBeNull();
  screen.getByText('Acme');
});

test('says why there is nothing, and asks again', async () => {
  const registry = new FakeRegistry();
  renderSite('/account/publishers/nothing');
  (await registry.request('/session')).answer(ada);
  const words = 'there is no publisher `nothing`';
  (await registry.request('/publishers/nothing')).answer(
    problem(404, 'not-found', 'Not found', words),
    404,
  );
  await screen.findByText(paragraph(words));
  const before = registry.requests.length;
  await userEvent.setup().click(screen.getByRole('button', { name: 'Try again' }));
  await waitFor(() => {
    expect(registry.requests.length).toBeGreaterThan(before);
  });
});
