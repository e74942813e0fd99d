// Has headless Chromium call the sandbox and write its traffic as HAR: node chromium.cjs ORIGIN FILE PROGRAM
const { chromium } = require("playwright-core");

const [origin, path, executablePath] = process.argv.slice(2);

(async () => {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
  const browser = await chromium.launch({ executablePath, headless: true, args });
  const context = await browser.newContext({ recordHar: { path, content: "embed" } });
  const page = await context.newPage();
  await page.goto(`${origin}/pets`);
  await page.evaluate(async (base) => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ name: "Rex" });
    const made = await (await fetch(`${base}/pets`, { method: "POST", headers, body })).json();
    await (await fetch(`${base}/pets/${made.id}`)).text();
    await (await fetch(`${base}/pets`)).text();
    await fetch(`${base}/pets/${made.id}`, { method: "DELETE" });
    await fetch(`${base}/pets/${made.id}`);
    const gone = new AbortController();
    const call = fetch(`${base}/pets?late=1`, { signal: gone.signal }).catch(() => 0);
    gone.abort();
    await call;
  }, origin);
  await context.close();
  await browser.close();
})();
