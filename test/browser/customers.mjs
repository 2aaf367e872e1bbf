// Uses the page of examples/poui in Chromium as a person does: logs in, reads the list page
// by page, adds, changes and deletes a customer, and sees what the API refuses.
// Usage: PASSWORD=… node customers.mjs URL USER [folder for screenshots]
import { chromium } from 'playwright-core';
import assert from 'node:assert/strict';

const [url, user, shots] = process.argv.slice(2);
const patience = 120000; // bounds a hang, however slow the machine is
const browser = await chromium.launch({
  timeout: patience,
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

const complaints = [];
const watch = (page) => {
  page.on('pageerror', (e) => complaints.push(String(e)));
  page.on('console', (m) => {
    const refused = /Failed to load resource: the server responded with a status of 4\d\d/.test(m.text());
    if (m.type() === 'error' && !refused) complaints.push(m.text());
  });
};
const shoot = async (page, name) => {
  if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
};
const rows = (page) => page.locator('po-table tbody tr').filter({ has: page.locator('td') });
const row = (page, text) => rows(page).filter({ hasText: text });
const field = (page, name) => page.locator(`input[name="${name}"], [name="${name}"] input`).first();
const toast = (page, text) => page.locator('.po-toaster').filter({ hasText: text }).first();

async function logIn(page, password) {
  await field(page, 'username').fill(user);
  await field(page, 'password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

async function save(page, customer) {
  for (const [name, value] of Object.entries(customer)) {
    await field(page, name).fill(value);
  }
  await page.locator('po-modal').getByRole('button', { name: 'Save' }).click();
}

async function action(page, text, label) {
  await row(page, text).locator('.po-table-column-actions .an').click();
  await page.locator('po-item-list').getByText(label, { exact: true }).click();
}

try {
  const context = await browser.newContext({ locale: 'en', viewport: { width: 1200, height: 1000 } });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  watch(page);
  assert.equal((await page.goto(url)).status(), 200);

  await logIn(page, 'wrong words');
  await toast(page, 'User or password is wrong').waitFor();
  await shoot(page, 'login');
  await logIn(page, process.env.PASSWORD);
  await rows(page).nth(9).waitFor();
  assert.equal(await rows(page).count(), 10, 'one page of the list');
  console.log('ok: log in');

  await page.getByRole('button', { name: /load more/i }).click();
  await rows(page).nth(19).waitFor();
  assert.equal(await rows(page).count(), 20, 'two pages');
  await shoot(page, 'list');
  console.log('ok: pages');

  const code = 'X' + String(Date.now()).slice(-5);
  const name = `Padaria São João ${code}`;
  await page.getByRole('button', { name: 'New customer' }).click();
  await save(page, { code, name, city: 'São Paulo', credit: '1500' });
  await toast(page, 'is saved').waitFor();
  await page.getByPlaceholder('Name or city').fill(code);
  await page.keyboard.press('Enter');
  await row(page, name).waitFor();
  assert.equal(await rows(page).count(), 1, 'the filter finds it alone');
  assert.match(await row(page, name).innerText(), /São Paulo\s+1,500\.00/);
  console.log('ok: add and filter');

  await page.getByRole('button', { name: 'New customer' }).click();
  await save(page, { code, name: 'Somebody else', city: 'Oslo', credit: '1' });
  await toast(page, 'is taken').waitFor();
  await shoot(page, 'refused');
  await page.locator('po-modal').getByRole('button', { name: 'Cancel' }).click();
  console.log('ok: what the API refuses is shown');

  await action(page, name, 'Edit');
  await save(page, { city: 'Coimbra' });
  await row(page, 'Coimbra').waitFor();
  await action(page, name, 'Delete');
  await page.getByRole('button', { name: 'Confirm', exact: true }).click();
  await toast(page, 'is deleted').waitFor();
  await row(page, name).waitFor({ state: 'detached' });
  console.log('ok: change and delete');

  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, ''], 'no token is stored');
  assert.deepEqual(complaints, [], 'the console is quiet');

  await page.setViewportSize({ width: 390, height: 844 });
  await shoot(page, 'phone');
} catch (e) {
  for (const page of browser.contexts().flatMap((c) => c.pages())) await shoot(page, 'failure');
  throw e;
} finally {
  await browser.close();
}
