/** The utility processes' entry files `workers/<entry>.ts`; the build makes one file of each and packaging checks that it is there. */
export const workerEntries = ['workspace', 'job', 'thumbnails', 'probe', 'vision', 'photos'] as const
export type WorkerEntry = (typeof workerEntries)[number]
