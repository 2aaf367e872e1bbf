// Opens the page of /webapp in Chromium and checks what a person relies on.
// Usage: node page.mjs URL [folder for screenshots]
import { chromium } from 'playwright-core';
import assert from 'node:assert/strict';

const [url, shots] = process.argv.slice(2);
const patience = 120000; // bounds a hang, however slow the machine is
const browser = await chromium.launch({
  timeout: patience,
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  for (const locale of ['pt-BR', 'en', 'es']) {
    for (const [name, width, height] of [['wide', 1200, 1000], ['phone', 390, 844]]) {
      const context = await browser.newContext({ locale, viewport: { width, height } });
      context.setDefaultTimeout(patience);
      const page = await context.newPage();
      const complaints = [];
      page.on('console', (m) => { if (m.type() === 'error') complaints.push(m.text()); });
      page.on('pageerror', (e) => complaints.push(String(e)));
      const response = await page.goto(url);
      assert.equal(response.status(), 200);
      const security = await response.securityDetails();
      assert.match(security.protocol, /TLS 1\.3/);
      assert.equal(await page.getAttribute('html', 'lang'), locale);
      assert.ok((await page.locator('h1').innerText()).length > 0, 'a heading');
      assert.match(await page.locator('body').innerText(), /TLS 1\.3/);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wider <= 0, `${name}: the page is ${wider} pixels wider than the screen`);
      assert.deepEqual(complaints, [], 'the console is quiet');
      if (shots) await page.screenshot({ path: `${shots}/${locale}-${name}.png`, fullPage: true });
      await context.close();
    }
    console.log(`ok: ${locale}`);
  }
} finally {
  await browser.close();
}
