export async function compareFilesystems(..._: unknown[]): Promise<void> {}
