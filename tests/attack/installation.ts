/** The key of the person whose work is attacked: jobs that one process queued are another's own after a kill. */
export const installation = 'a'.repeat(64)
