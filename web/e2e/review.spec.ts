import { withSubmissions } from './submissions';
import { expect, heading, test, type Page } from './test';

const sent = (page: Page) => page.getByRole('list', { name: 'Sent versions' });
const part = (page: Page, name: string) => page.getByRole('region', { name });

test('an operator finds what waits, looks at it, asks and rejects it, by keyboard alone', async ({
  page,
}) => {
  await withSubmissions(page, 'operator');
  await page.goto('/');
  const site = page.getByRole('navigation', { name: 'Site' });
  await site.getByRole('link', { name: 'Review' }).focus();
  await page.keyboard.press('Enter');
  await expect(heading(page, 'Review')).toBeFocused();
  await expect(page).toHaveTitle('Review · ADX Marketplace');
  await expect(sent(page).getByRole('listitem')).toHaveCount(3);

  await page.getByRole('radio', { name: 'Asks for more' }).focus();
  await page.keyboard.press('Space');
  await expect(page).toHaveURL(/\/review\?cause=wider-permissions$/);
  await expect(sent(page).getByRole('listitem')).toHaveCount(1);
  await sent(page).getByRole('link', { name: 'acme/invoices 1.3.0' }).focus();
  await page.keyboard.press('Enter');
  await expect(heading(page, 'acme/invoices 1.3.0')).toBeFocused();

  const findings = part(page, 'What the checks found');
  await expect(findings.getByRole('heading', { level: 3 })).toHaveText(['Permissions', 'Secrets']);
  await expect(findings.getByText('frontend/main.js:12')).toBeVisible();
  const changes = part(page, 'What it changes');
  await expect(changes.getByText('Compared with 1.2.0')).toBeVisible();
  await expect(changes.getByText('https://rates.example', { exact: true })).toBeVisible();
  await changes.locator('summary', { hasText: 'module.toml' }).press('Enter');
  await expect(changes.getByText('-  "blob",')).toBeVisible();

  await page.getByRole('button', { name: 'Ask' }).focus();
  await page.keyboard.press('Enter');
  const asking = page.getByRole('dialog', { name: 'Ask about acme/invoices 1.3.0' });
  await expect(asking).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(asking).toBeHidden();
  await expect(page.getByRole('button', { name: 'Ask' })).toBeFocused();
  await page.keyboard.press('Enter');
  await asking.getByLabel('Question').fill('What is this host for?');
  await asking.getByRole('button', { name: 'Ask' }).press('Enter');
  await expect(part(page, 'What happened').getByText('What is this host for?')).toBeVisible();

  await page.getByRole('button', { name: 'Reject' }).press('Enter');
  const rejecting = page.getByRole('dialog', { name: 'Reject acme/invoices 1.3.0?' });
  await rejecting.getByRole('button', { name: 'Reject it' }).press('Enter');
  // The browser says that there must be a reason.
  await expect(rejecting.getByLabel('Reason')).toBeFocused();
  await page.keyboard.type('it asks for more than its page says');
  await page.keyboard.press('Enter');
  await expect(page.getByText('It is decided.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Reject' })).toHaveCount(0);
  await expect(part(page, 'What happened').getByRole('listitem').last()).toContainText(
    'it asks for more than its page says',
  );
});

test('says so where another operator was quicker', async ({ page }) => {
  await withSubmissions(page, 'operator');
  await page.goto('/review');
  await sent(page).getByRole('link', { name: 'acme/greeter 0.1.0' }).click();
  await page.getByRole('button', { name: 'Approve' }).click();
  const dialog = page.getByRole('dialog');
  await page.route('**/approve', (route) =>
    route.fulfill({
      status: 409,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        type: 'https://adx-core.dev/problems/submission-decided',
        title: 'Decided already',
        status: 409,
        detail: 'the submission is `rejected` by now',
        hint: 'Look at what was decided: GET /api/v1/submissions/{id}.',
      }),
    }),
  );
  await dialog.getByRole('button', { name: 'Let it pass' }).click();
  await expect(dialog.getByRole('alert')).toContainText('the submission is rejected by now');
  // What programs are to send is of no use to people.
  await expect(dialog.getByRole('alert')).not.toContainText('GET');
});

test('an operator holds a publisher, and reviews it like others again', async ({ page }) => {
  await withSubmissions(page, 'operator');
  await page.goto('/review');
  await sent(page).getByRole('link', { name: 'acme/greeter 0.1.0' }).click();
  const standing = part(page, 'How acme is reviewed');
  await expect(standing.getByText('Like others:')).toBeVisible();
  await standing.getByRole('button', { name: 'Hold' }).click();
  const dialog = page.getByRole('dialog', { name: 'Hold acme?' });
  await dialog.getByLabel('Reason').fill('its key was stolen last month');
  await dialog.getByRole('button', { name: 'Hold' }).click();
  await expect(standing.getByText('Held: whatever it sends')).toBeVisible();
  await expect(standing.getByText('its key was stolen last month')).toBeVisible();
  await standing.getByRole('button', { name: 'Review like others' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Review like others' }).click();
  await expect(standing.getByText('Like others:')).toBeVisible();
});

test('a publisher finds what it sent, answers a question, and takes it back', async ({ page }) => {
  await withSubmissions(page, 'publisher');
  await page.goto('/account/submissions');
  await page.getByRole('radio', { name: 'acme' }).check();
  await expect(page).toHaveURL(/\/account\/submissions\?publisher=acme$/);
  await expect(sent(page).getByRole('listitem')).toHaveCount(5);
  await page.getByRole('radio', { name: 'Rejected' }).check();
  await expect(sent(page).getByRole('listitem')).toHaveCount(1);
  await expect(sent(page).getByText('it sends the names of customers')).toBeVisible();
  await page.getByRole('radio', { name: 'In review' }).check();
  await sent(page).getByRole('link', { name: 'acme/greeter 0.1.0' }).click();

  await expect(page.getByText('An operator has asked something.')).toBeVisible();
  await page.getByLabel('Answer').fill('It tells exchange rates.');
  await page.getByRole('button', { name: 'Send' }).click();
  const happened = part(page, 'What happened');
  await expect(happened.getByRole('listitem').last()).toContainText('It tells exchange rates.');
  await expect(page.getByText('An operator has asked something.')).toBeHidden();
  await expect(page.getByLabel('Say something about it')).toHaveValue('');

  await page.getByRole('button', { name: 'Withdraw' }).click();
  const dialog = page.getByRole('dialog', { name: 'Withdraw acme/greeter 0.1.0?' });
  await dialog.getByRole('button', { name: 'Withdraw' }).click();
  await expect(page.getByText('Its publisher took it back')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Withdraw' })).toHaveCount(0);
});

test('an owner confirms what is staged', async ({ page }) => {
  await withSubmissions(page, 'publisher');
  await page.goto('/account/submissions?publisher=acme&state=staged');
  await sent(page).getByRole('link', { name: 'acme/invoices 1.3.1' }).click();
  await page.getByRole('button', { name: 'Confirm' }).click();
  const dialog = page.getByRole('dialog', { name: 'Release acme/invoices 1.3.1?' });
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await expect(page.getByRole('link', { name: 'Go to the release' })).toHaveAttribute(
    'href',
    '/modules/acme/invoices/1.3.1',
  );
});

test('an owner trusts a workflow, and another one no more', async ({ page }) => {
  await withSubmissions(page, 'publisher');
  await page.goto('/account/publishing?publisher=acme');
  const workflows = part(page, 'Trusted publishers');
  await expect(workflows.getByText('Environment: release')).toBeVisible();
  await workflows.getByLabel('Repository', { exact: true }).fill('acme/greeter');
  await workflows.getByLabel('Number of the repository').fill('75');
  await workflows.getByLabel('Workflow', { exact: true }).fill('release.yml');
  await workflows.getByRole('button', { name: 'Trust a workflow' }).click();
  await expect(workflows.getByRole('status')).toHaveText('The workflow is trusted.');
  await expect(workflows.getByRole('listitem')).toHaveCount(2);
  await workflows.getByRole('button', { name: 'Remove publish.yml of acme/invoices' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click();
  await expect(workflows.getByRole('listitem')).toHaveCount(1);

  const rules = part(page, 'What is asked of releases');
  await rules.getByRole('button', { name: 'Turn on: Only trusted publishers' }).click();
  await expect(
    rules.getByRole('button', { name: 'Turn off: Only trusted publishers' }),
  ).toBeVisible();
  await rules.getByRole('button', { name: 'Turn off: An owner confirms' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
  await expect(rules.getByRole('status')).toContainText('1 December 2026');

  const domain = part(page, 'Domain');
  await expect(domain.getByText('The record is missing')).toBeVisible();
  await domain.getByRole('textbox', { name: 'Domain' }).fill('acme.example.net');
  await domain.getByRole('button', { name: 'Show the record' }).click();
  await expect(domain.getByText('_adx-publisher.acme.example.net')).toBeVisible();
  await expect(domain.getByText('Not verified')).toBeVisible();
  await domain.getByRole('button', { name: 'Look for the record' }).click();
  await expect(domain.getByText('Verified', { exact: true })).toBeVisible();
  await domain.getByRole('button', { name: 'Do without it: acme.example.net' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Do without it' }).click();
  await expect(domain.getByRole('heading', { name: 'Name a domain' })).toBeVisible();

  const tokens = part(page, 'Tokens');
  await tokens.getByLabel('Name').fill('build');
  await tokens.getByRole('button', { name: 'Make a token' }).click();
  await expect(tokens.getByText('adx_p_sss')).toBeVisible();
  await expect(tokens.getByRole('listitem')).toHaveCount(2);
  await tokens.getByRole('button', { name: 'Revoke continuous integration' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(tokens.getByRole('listitem')).toHaveCount(1);
});

test('shows nobody else what operators see', async ({ page }) => {
  await withSubmissions(page, 'publisher');
  await page.goto('/review');
  await expect(heading(page, 'This is for operators')).toBeVisible();
  const site = page.getByRole('navigation', { name: 'Site' });
  await expect(site.getByRole('link', { name: 'Account' })).toBeVisible();
  await expect(site.getByRole('link', { name: 'Review' })).toHaveCount(0);
  await page.unrouteAll();
  await page.goto('/review/0123');
  await expect(heading(page, 'You are not signed in')).toBeVisible();
});
