/** An installer that kills itself: before its n-th program, or at an event. Its arguments are one JSON text. */
import { testToolbox } from '../toolbox.ts';
import { type EngineOptions, installWith } from './engine.ts';

/** When: `program:7`, `step:copy`, `progress:verify`. */
interface Arguments extends Pick<EngineOptions, 'source' | 'disk' | 'keepVar' | 'cloudConfig' | 'report'> {
  readonly killAt: string;
}

const { killAt, ...options } = JSON.parse(process.argv[2] ?? '') as Arguments;
const [kind, value] = killAt.split(':');
const die = () => process.kill(process.pid, 'SIGKILL');

let programs = 0;
await installWith(await testToolbox(), {
  ...options,
  around: (start) => (command, settings) => {
    programs += 1;
    if (kind === 'program' && programs === Number(value)) die();
    return start(command, settings);
  },
  onEvent(event) {
    if (event.kind === 'step-started' && kind === 'step' && event.step === value) die();
    if (event.kind === 'progress' && kind === 'progress' && event.step === value) die();
  },
});
process.stdout.write(`${programs}\n`);
