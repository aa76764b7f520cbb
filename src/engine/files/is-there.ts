/** Whether something is there, asked by a process that must not wait for it: of a disk that does not answer nothing is. */
import { access } from 'node:fs/promises'
import { within } from './deadline.ts'

const answersWithin = 3000 // milliseconds
/** Each keeps one of the process's four threads for files until its disk answers. */
const mostSilent = 2
const silent = new Set<string>()

export async function isThere(path: string): Promise<boolean> {
  if (silent.has(path) || silent.size >= mostSilent) return false
  const asked = access(path).then(
    () => true,
    () => false,
  )
  return within(answersWithin, path, asked).catch(() => {
    silent.add(path)
    void asked.finally(() => silent.delete(path))
    return false
  })
}
