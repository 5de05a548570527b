/**
 * `node:http` without what an import statement costs: it evaluates every export, and one of them loads Node's own fetch
 * client and worker threads, some 4 MiB and 15 ms that nobody here needs.
 */
export const { request } = process.getBuiltinModule("node:http");
