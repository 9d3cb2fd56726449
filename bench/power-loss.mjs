// `npm run power-loss -- --help`
import { runBundled } from './run-bundled.mjs';

await runBundled('power-loss/main.ts', 'basalt-power-loss');
