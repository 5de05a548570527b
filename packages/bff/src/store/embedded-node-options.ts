/**
 * Node options for a process that holds the embedded database: V8 then compiles PGlite's WebAssembly once, quickly, and
 * does not optimise it. At the same speed of admission its peak is 460 MiB instead of 940 (seen on Node 24.21), most
 * of which was the optimising compiler's own. They count only on the command line, not while the process runs.
 */
export const embeddedDatabaseNodeOptions: readonly string[] = ["--liftoff-only"];
