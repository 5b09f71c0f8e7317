// A browser on the wallet page: a person pastes or opens a code, sees who asks how much, pays, cancels, runs out of money,
// in Chinese and in English. Starts its own sandbox (SAOMA_BIN) and its own Chromium (CHROMIUM, else /usr/bin/chromium).

import { spawn } from "node:child_process";
import { createSign, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

let passed = 0;
let failed = 0;

function check(name, good, seen = "") {
  if (good) passed += 1;
  else failed += 1;
  console.log(good ? `ok    wallet: ${name}` : `FAIL  wallet: ${name}: ${JSON.stringify(seen)}`);
}

async function startSandbox(folder) {
  const child = spawn(process.env.SAOMA_BIN, ["sandbox", "--listen", "127.0.0.1:0", "--state", folder], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const line = await Promise.race([
    new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve)),
    ended.then((status) => { throw new Error(`the sandbox ended with status ${status}`); }),
  ]);
  const baseUrl = line.replace("sandbox listening on ", "");
  const told = JSON.parse(await readFile(join(folder, "sandbox.json"), "utf8"));
  return { baseUrl, merchant: told.merchants[0], stop: () => { child.kill("SIGTERM"); return ended; } };
}

async function signed(sandbox, method, target, body) {
  const { mchid, certificate_serial_no: serial, private_key_pem: key } = sandbox.merchant;
  const text = body === undefined ? "" : JSON.stringify(body);
  const timestamp = Math.floor(Date.now() / 1000);
  const nonce = randomBytes(16).toString("hex");
  const lines = `${method}\n${target}\n${timestamp}\n${nonce}\n${text}\n`;
  const signature = createSign("RSA-SHA256").update(lines).sign(key, "base64");
  const answer = await fetch(sandbox.baseUrl + target, {
    method,
    body: body === undefined ? undefined : text,
    headers: {
      Accept: "application/json",
      "Content-Type": "application/json",
      "User-Agent": "saoma-wallet-peer",
      Authorization:
        `WECHATPAY2-SHA256-RSA2048 mchid="${mchid}",nonce_str="${nonce}",timestamp="${timestamp}",` +
        `serial_no="${serial}",signature="${signature}"`,
    },
  });
  const read = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${target}: ${answer.status} ${read}`);
  return read ? JSON.parse(read) : null;
}

async function place(sandbox, number, total, description = "绿豆咖啡-拿铁（大杯）") {
  const placed = await signed(sandbox, "POST", "/v3/pay/transactions/native", {
    appid: sandbox.merchant.appid,
    mchid: sandbox.merchant.mchid,
    description,
    out_trade_no: number,
    notify_url: "http://127.0.0.1:9/notify",
    amount: { total },
  });
  return placed.code_url;
}

/** Charges a payment code as a cashier does. Gives the answer's HTTP status and its state or code. */
async function charge(sandbox, number, authCode) {
  const { appid, mchid } = sandbox.merchant;
  const told = await signed(sandbox, "POST", "/v3/pay/transactions/codepay", {
    appid, mchid, description: "茶", out_trade_no: number, payer: { auth_code: authCode }, amount: { total: 500 },
    scene_info: { store_info: { out_id: "1001" } },
  });
  return told.trade_state ?? told.code;
}

async function state(sandbox, number) {
  const target = `/v3/pay/transactions/out-trade-no/${number}?mchid=${sandbox.merchant.mchid}`;
  return (await signed(sandbox, "GET", target)).trade_state;
}

const shot = (page, name) =>
  process.env.WALLET_SHOTS ? page.screenshot({ path: join(process.env.WALLET_SHOTS, `${name}.png`), fullPage: true }) : null;

const verdict = async (page, is) => {
  await page.waitForSelector(`#verdict[data-is="${is}"]:not([hidden])`, { timeout: 10_000 });
  return (await page.textContent("#verdict")).trim();
};

const words = {
  zh: {
    locale: "zh-CN", language: "zh-CN", title: "模拟钱包", notice: "测试环境，不涉及真实资金。", pay: "付款 ¥1,234.05",
    cancelled: "已取消，可以再次付款", noMoney: "余额不足，支付失败", password: "输入密码并付款 ¥1,234.05", paid: "支付成功",
    mine: "我的付款码", enter: "请输入支付密码。此时商家无法关闭订单。", closed: "该订单已关闭", dead: "二维码已失效，请让商家重新出示", unknown: "这不是本沙箱的付款码",
  },
  en: {
    locale: "en-GB", language: "en", title: "Play wallet", notice: "Test only: no real money moves.", pay: "Pay ¥1,234.05",
    cancelled: "Cancelled. You can still pay.", noMoney: "Not enough money: not paid",
    mine: "My payment code",
    enter: "Enter your password. The merchant cannot close the order meanwhile.",
    password: "Enter password and pay ¥1,234.05", paid: "Paid", closed: "This order is closed",
    dead: "This code no longer works. Ask the merchant for a new one.", unknown: "This is not a code of this sandbox",
  },
};

async function play(browser, sandbox, name) {
  const say = words[name];
  const context = await browser.newContext({
    locale: say.locale, viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true,
    colorScheme: name === "en" ? "dark" : "light",
  });
  const page = await context.newPage();
  const outside = [];
  const errors = [];
  page.on("request", (request) => { if (!request.url().startsWith(sandbox.baseUrl)) outside.push(request.url()); });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    const isRefusedCode = message.text().includes("404");
    if (message.type() === "error" && !isRefusedCode) errors.push(message.text());
  });
  const mine = (title, good, seen) => check(`${name}: ${title}`, good, seen);
  const visible = async (selector) => (await page.locator(selector).innerText()).trim();
  const number = `WALLET-${name}-1`;
  const code = await place(sandbox, number, 123_405);

  await page.goto(`${sandbox.baseUrl}/wallet`);
  const head = [await visible("h1"), await visible("#notice"), await page.getAttribute("html", "lang")];
  mine("the page speaks the browser's language", head.join() === [say.title, say.notice, say.language].join(), head);
  await shot(page, `${name}-1-paste`);

  await page.fill("#code", "weixin://wxpay/bizpayurl?pr=unknown");
  await page.click("#scan button");
  await page.waitForSelector("#trouble:not([hidden])");
  mine("a foreign code is refused", (await visible("#trouble")) === say.unknown, await visible("#trouble"));

  await page.fill("#code", ` ${code}\n`);
  await page.click("#scan button");
  await page.waitForSelector("#asks:not([hidden])");
  const asks = [await visible("#merchant"), await visible("#amount"), await visible("#description"), await visible("#number")];
  const wanted = [sandbox.merchant.name, "¥1,234.05", "绿豆咖啡-拿铁（大杯）", number];
  mine("a pasted code shows who asks how much for what", asks.join() === wanted.join(), asks);
  mine("the button says the amount", (await visible("#pay")) === say.pay, await visible("#pay"));
  const width = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  mine("nothing is wider than a phone", width[0] <= width[1], width);
  await shot(page, `${name}-2-asks`);

  await page.click("#cancel");
  mine("cancelling says so", (await verdict(page, "cancelled")) === say.cancelled, await visible("#verdict"));
  mine("a cancelled payment leaves the order unpaid", (await state(sandbox, number)) === "NOTPAY");
  await shot(page, `${name}-3-cancelled`);

  await page.click("#not_enough");
  mine("running out of money says so", (await verdict(page, "saw_not_enough")) === say.noMoney, await visible("#verdict"));
  mine("without money the order stays unpaid", (await state(sandbox, number)) === "NOTPAY");
  await shot(page, `${name}-4-no-money`);

  await page.click("#password");
  await verdict(page, "enter_password");
  mine("the password page asks for the password", (await visible("#pay")) === say.password, await visible("#pay"));
  await shot(page, `${name}-5-password`);

  await page.click("#pay");
  mine("paying says so", (await verdict(page, "paid")) === say.paid, await visible("#verdict"));
  mine("the order is paid", (await state(sandbox, number)) === "SUCCESS");
  mine("what is paid cannot be paid again", !(await page.isVisible("#pay")) && !(await page.isVisible("#cancel")));
  await shot(page, `${name}-6-paid`);

  const second = `WALLET-${name}-2`;
  const opened = await place(sandbox, second, 1, "x".repeat(127));
  await page.goto(`${sandbox.baseUrl}/wallet?code=${encodeURIComponent(opened)}`);
  await page.waitForSelector("#asks:not([hidden])");
  mine("a code in the address is opened at once", (await visible("#amount")) === "¥0.01", await visible("#amount"));
  await signed(sandbox, "POST", `/v3/pay/transactions/out-trade-no/${second}/close`, { mchid: sandbox.merchant.mchid });
  mine("an order the merchant closes is shown closed by itself", (await verdict(page, "closed")) === say.closed);
  await shot(page, `${name}-7-closed`);

  const third = `WALLET-${name}-3`;
  const former = await place(sandbox, third, Number.MAX_SAFE_INTEGER, "大单");
  await place(sandbox, third, Number.MAX_SAFE_INTEGER, "大单");
  await page.goto(`${sandbox.baseUrl}/wallet?code=${encodeURIComponent(former)}`);
  mine("a replaced code is dead", (await verdict(page, "code_dead")) === say.dead, await visible("#verdict"));
  mine("large amounts are exact", (await visible("#amount")) === "¥90,071,992,547,409.91", await visible("#amount"));

  await page.goto(`${sandbox.baseUrl}/wallet`);
  await page.click("#to_mine");
  const digits = async () => {
    await page.waitForFunction(() => document.getElementById("digits").textContent.length === 22);
    return (await page.textContent("#digits")).replaceAll(" ", "");
  };
  const paysAtOnce = await digits();
  mine("the customer's own code is shown", /^1[0-4]\d{16}$/.test(paysAtOnce), paysAtOnce);
  mine("it is shown as a picture too", await page.evaluate(() => document.getElementById("picture").naturalWidth > 0));
  mine("the way to it is named", (await visible("#to_mine")) === say.mine, await visible("#to_mine"));
  await shot(page, `${name}-8-mine`);
  mine("a cashier charges it", (await charge(sandbox, `WALLET-${name}-4`, paysAtOnce)) === "SUCCESS");
  mine("the customer sees that it is paid", (await verdict(page, "paid")) === say.paid, await visible("#verdict"));
  await page.click("#again");
  await page.check("#asks_password");
  await page.waitForFunction((former) => {
    const shown = document.getElementById("digits").textContent.replaceAll(" ", "");
    return shown.length === 18 && shown !== former;
  }, paysAtOnce);
  const asks4 = await digits();
  const fifth = `WALLET-${name}-5`;
  mine("a cashier waits for the password", (await charge(sandbox, fifth, asks4)) === "USERPAYING");
  mine("the customer is asked for it", (await verdict(page, "enter_password")) === say.enter, await visible("#verdict"));
  await shot(page, `${name}-9-password`);
  await page.click("#pay");
  mine("with the password it is paid", (await verdict(page, "paid")) === say.paid && (await state(sandbox, fifth)) === "SUCCESS");
  const { appid, mchid } = sandbox.merchant;
  await signed(sandbox, "POST", `/v3/pay/transactions/out-trade-no/${fifth}/reverse`, { appid, mchid });
  mine("what is reversed is not paid any more", (await state(sandbox, fifth)) === "REVOKED");

  const other = name === "zh" ? words.en : words.zh;
  await page.click("#language");
  mine("the other language is one press away", (await visible("h1")) === other.title, await visible("h1"));
  mine("the page asks nobody else and runs without errors", outside.length + errors.length === 0, [outside, errors]);
  await context.close();
}

async function unreachable(browser, sandbox) {
  const page = await browser.newPage({ locale: "en-GB" });
  const code = await place(sandbox, "WALLET-offline", 100);
  await page.goto(`${sandbox.baseUrl}/wallet?code=${encodeURIComponent(code)}`);
  await page.waitForSelector("#asks:not([hidden])");
  await page.context().setOffline(true);
  await page.click("#pay");
  const said = await verdict(page, "offline");
  check("without a connection nothing is claimed", said.startsWith("The sandbox cannot be reached"), said);
  await page.context().setOffline(false);
  await page.click("#pay");
  check("with the connection back it can be paid", (await verdict(page, "paid")) === "Paid");
  await page.close();
}

const folder = await mkdtemp(join(tmpdir(), "saoma-wallet-"));
const sandbox = await startSandbox(folder);
let browser;
try {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
  for (const language of ["zh", "en"]) await play(browser, sandbox, language);
  await unreachable(browser, sandbox);
} catch (error) {
  check("the test runs to its end", false, String(error));
} finally {
  await browser?.close();
  await sandbox.stop();
  await rm(folder, { recursive: true, force: true });
}
console.log(`counted ${passed} ${failed}`);
process.exitCode = failed > 0 ? 1 : 0;
