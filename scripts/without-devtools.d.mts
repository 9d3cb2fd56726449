import type { Plugin } from 'esbuild';
export declare const withoutDevtools: Plugin;
