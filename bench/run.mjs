// `npm run bench -- --help`
import { runBundled } from './run-bundled.mjs';

await runBundled('main.ts', 'basalt-bench');
