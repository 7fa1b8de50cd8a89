/**
 * A real Node-RED editor in a real browser, with this package installed.
 *
 * Environment: `NEXO_PACKAGE` folder of the package to install (otherwise this checkout, built), `NODE_RED` folder of
 * another Node-RED to run, `CHROMIUM` path of the browser, `SCREENSHOTS` folder for pictures of what the tests saw.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

export const PACKAGE = '@nexoflows/node-red-nexo-retailer';

interface NodeRed {
  init(server: Server, settings: object): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  httpAdmin: (request: IncomingMessage, response: ServerResponse) => void;
}

export interface Editor {
  page: Page;
  /** What the browser's console reported as an error or a warning since the page was opened. */
  complaints: string[];
  url: string;
  close(): Promise<void>;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));

function findBrowser(): string {
  const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const found = process.env.CHROMIUM ?? places.find((path) => existsSync(path));
  assert.ok(found, 'No browser found: install Chromium (apt-get install chromium), or set CHROMIUM to its path.');
  return found;
}

/** A fresh user directory with the package linked into it. */
function makeUserDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'nexo-editor-'));
  const link = join(directory, 'node_modules', PACKAGE);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(process.env.NEXO_PACKAGE ?? root, link);
  writeFileSync(join(directory, 'flows.json'), JSON.stringify([{ id: 'tab', type: 'tab', label: 'Shop' }]));
  return directory;
}

async function startNodeRed(userDir: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const RED: NodeRed = createRequire(import.meta.url)(process.env.NODE_RED ?? 'node-red');
  const server = createServer((request, response) => RED.httpAdmin(request, response));
  RED.init(server, {
    userDir,
    flowFile: 'flows.json',
    httpAdminRoot: '/',
    httpNodeRoot: '/api',
    credentialSecret: 'test',
    logging: { console: { level: 'off' } },
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false, projects: { enabled: false }, palette: { catalogues: [], allowInstall: false } },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await RED.start();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: async () => {
      await RED.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function startBrowser(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
  args.push('--disable-background-networking', '--disable-component-update');
  return chromium.launch({ executablePath: findBrowser(), headless: true, args });
}

/** Notes what the page's console reports as wrong. */
function listen(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    const text = message.text();
    const caught = /^(oneditprepare|Definition error|Validation error)/.test(text);
    if (caught || ['error', 'warning'].includes(message.type())) complaints.push(`${text} ${message.location().url}`);
  });
  return complaints;
}

/** Starts Node-RED and opens its editor; `close` leaves no process, no port and no file behind. */
export async function openEditor(): Promise<Editor> {
  const userDir = makeUserDirectory();
  const closers = [async () => rmSync(userDir, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const nodeRed = await startNodeRed(userDir);
    closers.push(nodeRed.stop);
    const browser = await startBrowser();
    closers.push(() => browser.close());
    const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
    page.setDefaultTimeout(15_000);
    const complaints = listen(page);
    await load(page, nodeRed.url);
    return { page, complaints, url: nodeRed.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens, or opens anew, the editor, and waits until the palette is complete. */
export async function load(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('.red-ui-palette-node[data-palette-type="nexo-payment"]').waitFor();
  await page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
  await page.locator('#red-ui-workspace-chart svg').first().waitFor();
}

/** Drags a node out of the palette, as a user does; resolves with its id. */
export async function dragNode(page: Page, type: string, at: { x: number; y: number }): Promise<string> {
  const item = page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
  await item.scrollIntoViewIfNeeded();
  await item.hover();
  await page.mouse.down();
  await page.mouse.move(at.x - 30, at.y - 20, { steps: 4 });
  await page.mouse.move(at.x, at.y, { steps: 4 });
  await page.mouse.up();
  return page.evaluate<string>(`RED.nodes.filterNodes({ type: '${type}' }).at(-1).id`);
}

/** Opens the dialog of a node on the workspace with a double click. */
export async function openDialog(page: Page, id: string): Promise<Locator> {
  const node = page.locator(`[id="${id}"] .red-ui-flow-node`).first();
  await node.dblclick();
  return tray(page);
}

/** The dialog on top, once it has slid in. */
export async function tray(page: Page, form = 'dialog-form'): Promise<Locator> {
  const dialog = page.locator(`.red-ui-tray:has(#${form})`);
  await dialog.waitFor();
  await settled(page);
  return dialog;
}

/** Waits for the end of all animations: trays slide in and out. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(`$(':animated').length === 0 &&
    document.getAnimations().every(({ playState }) => playState !== 'running')`);
}

/** A picture of the page in both themes, in the folder `SCREENSHOTS`. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder === undefined) return;
  for (const theme of ['light', 'dark']) {
    await page.evaluate(`document.documentElement.classList.toggle('nr-theme-dark', ${theme === 'dark'})`);
    await page.screenshot({ path: join(folder, `${name}-${theme}.png`) });
  }
  await page.evaluate(`document.documentElement.classList.remove('nr-theme-dark')`);
}
