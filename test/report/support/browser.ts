import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** The browser of this machine; undefined where there is none. */
export const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);

type Params = Readonly<Record<string, unknown>>;
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: { readonly message: string };
  readonly sessionId?: string;
}

/** A page in a headless Chromium, driven through the DevTools protocol on a pipe. */
export class Browser {
  /** What a page did besides showing itself: its requests, and what came on its console. */
  readonly requests: string[] = [];
  readonly complaints: string[] = [];
  private readonly child: ChildProcess;
  private readonly profile: string;
  private readonly waiting = new Map<number, { resolve: (result: Params) => void; reject: (error: Error) => void }>();
  private readonly awaited: { method: string; resolve: () => void }[] = [];
  private session: string | undefined;
  private sent = 0;
  private text = '';

  private constructor(program: string) {
    this.profile = mkdtempSync(join(tmpdir(), 'genesys-poller-browser-'));
    const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--hide-scrollbars'];
    const where = [`--user-data-dir=${this.profile}`, '--remote-debugging-pipe', 'about:blank'];
    this.child = spawn(program, [...flags, ...where], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      detached: true,
    });
    (this.child.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => this.read(chunk));
  }

  static async start(program: string): Promise<Browser> {
    const browser = new Browser(program);
    const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
    browser.session = String(sessionId);
    for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await browser.send(`${domain}.enable`);
    return browser;
  }

  async open(file: string, scheme: 'light' | 'dark', width = 1_180): Promise<void> {
    await this.send('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: false });
    await this.emulate('screen', scheme);
    const loaded = this.next('Page.loadEventFired');
    await this.send('Page.navigate', { url: `file://${file}` });
    await loaded;
    // Plots take their width from the page, and are drawn in the frame after that.
    await this.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  }

  async emulate(media: 'screen' | 'print', scheme: 'light' | 'dark'): Promise<void> {
    await this.send('Emulation.setEmulatedMedia', {
      media,
      features: [{ name: 'prefers-color-scheme', value: scheme }],
    });
  }

  /** The value of an expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const params = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', params);
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { readonly value?: unknown }).value;
  }

  async mouse(type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', x: number, y: number): Promise<void> {
    const buttons = type === 'mouseReleased' ? 0 : 1;
    await this.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', buttons, clickCount: 1 });
  }

  /** A picture of the page from its top, CSS pixels. */
  async picture(height: number, width = 1_180): Promise<Buffer> {
    const clip = { x: 0, y: 0, width, height, scale: 1 };
    const { data } = await this.send('Page.captureScreenshot', { clip, captureBeyondViewport: true });
    return Buffer.from(String(data), 'base64');
  }

  async print(): Promise<Buffer> {
    await this.send('Emulation.setEmulatedMedia', { media: '' });
    const { data } = await this.send('Page.printToPDF', { preferCSSPageSize: true, printBackground: false });
    return Buffer.from(String(data), 'base64');
  }

  async close(): Promise<void> {
    const exited = once(this.child, 'exit');
    // The browser is a group of processes. Each may write into the profile until it has ended.
    process.kill(-Number(this.child.pid), 'SIGKILL');
    await exited;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 50 });
  }

  private next(method: string): Promise<void> {
    return new Promise((resolve) => this.awaited.push({ method, resolve }));
  }

  private send(method: string, params: Params = {}): Promise<Params> {
    const id = ++this.sent;
    const { session: sessionId } = this;
    (this.child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  private read(chunk: string): void {
    const parts = (this.text + chunk).split('\0');
    this.text = parts.pop() ?? '';
    for (const part of parts) this.hear(JSON.parse(part) as Message);
  }

  private hear({ id, method = '', params = {}, result = {}, error }: Message): void {
    if (id !== undefined) {
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (error) waiting?.reject(new Error(error.message));
      else waiting?.resolve(result);
      return;
    }
    if (method === 'Network.requestWillBeSent') {
      this.requests.push((params.request as { readonly url: string }).url);
    }
    if (['Runtime.consoleAPICalled', 'Runtime.exceptionThrown', 'Log.entryAdded'].includes(method)) {
      this.complaints.push(JSON.stringify(params));
    }
    for (const one of this.awaited.filter((awaited) => awaited.method === method)) {
      this.awaited.splice(this.awaited.indexOf(one), 1);
      one.resolve();
    }
  }
}
