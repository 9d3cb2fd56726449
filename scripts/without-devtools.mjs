// For bundles with ink in them, which have to stand alone.

/**
 * ink asks for react-devtools-core only in a program that is being developed; in a bundle of one file the question comes
 * first of all, and no package is there to answer it.
 * @type {import('esbuild').Plugin}
 */
export const withoutDevtools = {
  name: 'without-devtools',
  setup(build) {
    build.onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'export default undefined;' }));
  },
};
