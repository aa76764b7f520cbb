/** The name that a write of a process that is gone left beside a place of this name. */
export function leftover(name: string, kind: 'partial' | 'former' = 'partial'): string {
  const id = `${noProcess}-01234567-89ab-cdef-0123-456789abcdef`
  return `.${name}.${id}${kind === 'former' ? '.former' : ''}.partial`
}

/** Above the highest number that a process has. */
const noProcess = 2 ** 22 + 1
