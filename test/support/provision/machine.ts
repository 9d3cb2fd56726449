/** A machine that boots and installs itself, as far as the server sees it. */
import { createHash } from 'node:crypto';
import { installArguments, pathOf, send } from './http-place.ts';

export interface Story {
  /** The name that its script tells. */
  readonly name: string;
  readonly config: string;
  readonly disk: string;
  /** Every token that it was given. */
  readonly tokens: readonly string[];
  /** Of each answer that was not a file, in ms. */
  readonly latenciesMs: readonly number[];
  /** SHA-256 of the initrd that it loaded. */
  readonly initrd: string;
}

/**
 * Goes the whole way: first script, question, kernel and initrd, configuration, reports.
 * @throws {Error} when an answer is not what it must be.
 */
export async function installItself(port: number, query: string): Promise<Story> {
  const latenciesMs: number[] = [];
  const timed = async (...request: Parameters<typeof send>) => {
    const startedAt = performance.now();
    const got = await send(...request);
    latenciesMs.push(performance.now() - startedAt);
    return got;
  };
  const mustBe = (status: number, wanted: number, what: string) => {
    if (status !== wanted) throw new Error(`${query}: ${what} gives ${status}, not ${wanted}`);
  };
  mustBe((await timed(port, '/boot.ipxe')).status, 200, 'boot.ipxe');
  const script = (await timed(port, `/v1/ask.ipxe?${query}`)).text;
  const given = installArguments(script);
  const [kernel, initrd] = ['kernel', 'initrd --name \\S+'].map(
    (word) => new RegExp(`^${word} (\\S+)`, 'm').exec(script)?.[1],
  );
  mustBe((await send(port, pathOf(kernel))).status, 200, 'the kernel');
  const loaded = await send(port, pathOf(initrd));
  mustBe(loaded.status, 200, 'the initrd');
  const config = await timed(port, pathOf(given.get('config')));
  mustBe(config.status, 200, 'the configuration');
  mustBe((await timed(port, pathOf(given.get('config')))).status, 410, 'the configuration again');
  const report = async (body: object) => {
    const { status } = await timed(port, pathOf(given.get('report')), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${given.get('token')}` },
      body: JSON.stringify(body),
    });
    mustBe(status, 204, JSON.stringify(body));
  };
  for (let percent = 0; percent <= 100; percent += 10) await report({ stage: 'installing', percent });
  await report({ stage: 'installed', version: '1.0.0' });
  const again = (await timed(port, `/v1/ask.ipxe?${query}`)).text;
  if (!again.includes('is installed')) throw new Error(`${query} is to install itself again:\n${again}`);
  await report({ stage: 'running', version: '1.0.0' });
  return {
    name: /^echo Basalt: (\S+) installs/m.exec(script)?.[1] ?? '',
    config: config.text,
    disk: given.get('disk') ?? '',
    tokens: [given.get('token') ?? '', new URL(given.get('config') ?? '').searchParams.get('token') ?? ''],
    latenciesMs,
    initrd: createHash('sha256').update(loaded.body).digest('hex'),
  };
}
