/** The utility processes' entry files `workers/<entry>.ts`; the build makes one file of each and packaging checks that it is there. */
export const workerEntries = ['workspace', 'job', 'thumbnails', 'probe', 'vision', 'photos'] as const
export type WorkerEntry = (typeof workerEntries)[number]

/** The programs of threads that these processes start, built beside them. */
export const threadEntries = ['encoder-lane', 'update-thread'] as const
