/** Compiles src/agent for QuickJS. @param root The project's folder, ending in a slash. */
export declare function compileAgent(root: string, outdir: string): Promise<void>;
